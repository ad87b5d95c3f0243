"use strict";
// What the pages do beyond HTML: every page works without this file.

// htmx: the security token on every changing request, and form errors (422, 409) shown in place.
function token() {
  const cookie = document.cookie.match(/(?:^|; )(?:__Host-|__Secure-)?csrftoken=([^;]+)/);
  if (cookie) return decodeURIComponent(cookie[1]);
  const field = document.querySelector("input[name=csrfmiddlewaretoken]");
  return field ? field.value : "";
}

document.addEventListener("htmx:configRequest", (event) => {
  if (event.detail.verb !== "get") event.detail.headers["X-CSRFToken"] = token();
});

document.addEventListener("htmx:beforeSwap", (event) => {
  const status = event.detail.xhr.status;
  if (new URL(event.detail.xhr.responseURL || "/", location).pathname === "/accounts/login/") {
    event.detail.shouldSwap = false; // the sign-in page is no part of this one
    if (!isPoll(event)) say("You were signed out. Sign in again in another tab; your text is still here.", true);
    return;
  }
  if (status === 422 || status === 409) {
    event.detail.shouldSwap = true;
    event.detail.isError = false;
  }
});

// After a swap the focus goes where the answer says, else stays where it was.
document.addEventListener("htmx:afterSettle", (event) => {
  const part = event.detail.elt;
  const goal = part.matches("[autofocus], [data-focus]")
    ? part
    : part.querySelector(".errsum, [autofocus], [data-focus]");
  if (goal) goal.focus();
  prepare(part);
});

function say(text, bad) {
  const box = document.getElementById("toasts");
  if (!box) return null;
  const toast = document.createElement("div");
  toast.className = "toast";
  if (bad) toast.dataset.s = "bad";
  const words = document.createElement("span");
  words.textContent = text;
  const close = document.createElement("button");
  close.type = "button";
  close.dataset.dismiss = "";
  close.textContent = "Close";
  toast.append(words, close);
  box.append(toast);
  expire(toast);
  return toast;
}

// The connection is gone or the server failed: what was typed stays, and the page says so.
function reads(event) {
  return event.detail.requestConfig.verb === "get";
}
document.addEventListener("htmx:sendError", (event) => {
  if (isPoll(event)) return;
  const toast = say(
    reads(event)
      ? "The connection is down. What you see may be old."
      : "Not saved: the connection is down. Your text is still here.",
    true,
  );
  if (toast && event.detail.elt.closest("form[data-draft]")) {
    document.querySelectorAll(".toast[data-lost]").forEach((old) => old.remove());
    toast.dataset.lost = "";
  }
});
document.addEventListener("htmx:responseError", (event) => {
  if (isPoll(event)) return;
  const status = event.detail.xhr.status;
  if (reads(event)) {
    say(`This part was not loaded: the server answered ${status}.`, true);
    return;
  }
  say(
    status === 403
      ? "Not saved: you may not do this, or you were signed out. Your text is still here."
      : `Not saved: the server answered ${status}. Your text is still here.`,
    true,
  );
});

// Answers can speak: HX-Trigger: {"say": "Draft saved at 14:08"}
document.addEventListener("say", (event) => {
  say(event.detail.value ?? event.detail, false);
});

// Toasts go by themselves unless they hold an action, tell of trouble, or are being read.
function expire(toast) {
  if (toast.dataset.s === "bad" || toast.querySelector("a, button:not([data-dismiss]), form")) return;
  let timer = 0;
  const start = () => {
    timer = window.setTimeout(() => toast.remove(), 8000);
  };
  const stop = () => window.clearTimeout(timer);
  toast.addEventListener("mouseenter", stop);
  toast.addEventListener("focusin", stop);
  toast.addEventListener("mouseleave", start);
  toast.addEventListener("focusout", start);
  start();
}

// A button that prints the page: shown where there is JavaScript to do it.
document.querySelectorAll("[data-print]").forEach((button) => {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-dismiss]");
  if (button) button.closest(".toast, .callout")?.remove();
});

// Characters left: <textarea data-count="280"> writes into its hint, or makes one.
function count(field) {
  const most = Number(field.dataset.count);
  let place = document.getElementById(`${field.id}_count`);
  if (!place) {
    place = document.createElement("p");
    place.className = "hint";
    place.id = `${field.id}_count`;
    (field.closest(".field") ?? field.parentElement).append(place);
    const described = field.getAttribute("aria-describedby");
    field.setAttribute("aria-describedby", described ? `${described} ${place.id}` : place.id);
  }
  const used = Array.from(field.value).length;
  place.textContent = `${used} of ${most} characters`;
  place.classList.toggle("late", used > most);
}

document.addEventListener("input", (event) => {
  const field = event.target;
  if (field.dataset.count) count(field);
  const form = field.closest("form[data-dirty]");
  if (form) form.dataset.dirty = "yes";
});

// Two clicks are one: a form that is on its way is not sent again from the same page.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post" || form.matches("[hx-post]")) return;
  if (form.dataset.sent) return event.preventDefault();
  form.dataset.sent = "yes";
  window.setTimeout(() => delete form.dataset.sent, 5000);
});
window.addEventListener("pageshow", () => {
  document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent);
});

// Unsaved changes: <form data-dirty> warns on leaving until it is sent or saved as a draft.
// <form data-draft="status-id"> says "Saving" there; the answer replaces it out of band.
document.addEventListener("submit", (event) => {
  if (event.target.matches("form[data-dirty]")) event.target.dataset.dirty = "";
});
document.addEventListener("htmx:beforeRequest", (event) => {
  const form = event.detail.elt.closest("form[data-draft]");
  if (!form || reads(event)) return;
  if (form.hasAttribute("data-dirty")) form.dataset.dirty = "";
  const status = document.getElementById(form.dataset.draft);
  if (status) status.textContent = "Saving";
});
document.addEventListener("htmx:afterRequest", (event) => {
  const form = event.detail.elt.closest("form[data-draft]");
  if (!form || event.detail.successful) return;
  if (form.hasAttribute("data-dirty")) form.dataset.dirty = "yes";
  const status = document.getElementById(form.dataset.draft);
  if (status) status.textContent = "Not saved. Your text is still here.";
});
// What could not be saved is tried again: when the connection is back, and now and then.
function retryDrafts() {
  if (!navigator.onLine) return;
  document.querySelectorAll("form[data-draft][data-unsaved]").forEach((form) => htmx.trigger(form, "draft-retry"));
}
document.addEventListener("htmx:sendError", (event) => {
  const form = event.detail.elt.closest("form[data-draft]");
  if (form) form.dataset.unsaved = "";
});
document.addEventListener("htmx:afterRequest", (event) => {
  const form = event.detail.elt.closest("form[data-draft]");
  if (!form || !event.detail.successful) return;
  delete form.dataset.unsaved;
  document.querySelectorAll(".toast[data-lost]").forEach((toast) => toast.remove()); // saved by now
});
window.addEventListener("online", retryDrafts);
window.setInterval(retryDrafts, 10000);
window.addEventListener("beforeunload", (event) => {
  if (document.querySelector('form[data-dirty="yes"]')) event.preventDefault();
});

// <form data-autosubmit>: a choice is an answer, such as the theme; its button serves without this.
document.addEventListener("change", (event) => {
  event.target.closest("form[data-autosubmit]")?.requestSubmit();
});

// data-poll="60": asks anew each so many seconds (hx-trigger="poll"), while the page is seen.
function isPoll(event) {
  return event.detail.elt?.hasAttribute?.("data-poll") ?? false;
}
const opened = Date.now();
function poll() {
  if (document.hidden) return;
  document.querySelectorAll("[data-poll]").forEach((part) => {
    const last = Number(part.dataset.polled ?? opened);
    if (Date.now() - last < 1000 * Number(part.dataset.poll)) return;
    part.dataset.polled = String(Date.now());
    htmx.trigger(part, "poll");
  });
}
window.setInterval(poll, 5000);
document.addEventListener("visibilitychange", poll);

// <select data-zone="…">: offers the zone of the device where another one is chosen.
function offerZone(select) {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (!zone || select.value === zone || !Array.from(select.options).some((o) => o.value === zone)) return;
  const offer = document.createElement("p");
  offer.className = "hint";
  const button = document.createElement("button");
  button.type = "button";
  button.className = "btn sm";
  button.textContent = `Use ${zone.replaceAll("_", " ")}`;
  button.addEventListener("click", () => {
    select.value = zone;
    offer.remove();
    select.focus();
  });
  offer.append(`${select.dataset.zone} ${zone.replaceAll("_", " ")}. `, button);
  select.closest(".field").append(offer);
}

// <button data-print hidden>: shown where it works; everywhere else the browser's menu prints.
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
});

function prepare(part) {
  part.querySelectorAll("[data-print]").forEach((button) => (button.hidden = false));
  part.querySelectorAll("select[data-zone]").forEach(offerZone);
  part.querySelectorAll("input[data-select]").forEach((field) => field.select());
  // a form that came back with mistakes holds text that is not saved
  part
    .querySelectorAll("form[data-dirty] .errsum, form[data-dirty] [aria-invalid=true]")
    .forEach((mistake) => (mistake.closest("form").dataset.dirty = "yes"));
  part.querySelectorAll("[data-count]").forEach(count);
  // where the pages beside this one do not fit, this one's name is in sight
  part.querySelectorAll(".tabs [aria-current]").forEach((here) => {
    const row = here.parentElement;
    const end = here.offsetLeft - row.offsetLeft + here.offsetWidth;
    if (end > row.clientWidth) row.scrollLeft = end - row.clientWidth / 2;
  });
  part.querySelectorAll(".toast").forEach(expire);
}

prepare(document);
