// Shows the API's own description with Swagger UI, from this site alone.
const place = document.getElementById("api-try");
window.SwaggerUIBundle({
  domNode: place,
  url: place.dataset.schema,
  deepLinking: true,
  defaultModelsExpandDepth: -1, // shapes stand with each operation; all at once are slow to draw
  docExpansion: "none", // three hundred operations at once are slow to draw, a group is not
  validatorUrl: null,
  presets: [window.SwaggerUIBundle.presets.apis],
  requestInterceptor: (request) => {
    const token = document.cookie.match(/(?:^|; )(?:__Host-csrf|csrftoken)=([^;]+)/);
    if (token) request.headers["X-CSRFToken"] = token[1];
    return request;
  },
});
