"use strict";
// Joins the forms of passkeys with the package's part: <form data-passkey="loginForm"
// data-passkey-ids='{…}' data-passkey-data='{…}'>. Offered where the browser has passkeys and the
// address is a name (they do not work at a bare number). What fails is said.

document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  const cancelled = event.detail.exception?.name === "NotAllowedError";
  say(cancelled ? "The passkey was not used." : "The passkey did not work here.", true);
});

if (window.PublicKeyCredential && !/^[\d.:[\]]+$/.test(location.hostname)) {
  document.querySelectorAll("form[data-passkey]").forEach((form) => {
    window.allauth.webauthn.forms[form.dataset.passkey]({
      ids: JSON.parse(form.dataset.passkeyIds),
      data: JSON.parse(form.dataset.passkeyData || "null"),
    });
    form.hidden = false;
  });
} else {
  document.querySelectorAll("[data-passkey-not]").forEach((words) => (words.hidden = false));
}
