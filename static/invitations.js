/* The page of an invitation's link: what stands after the # is sent by POST, and taken out of the address. */
"use strict";
(() => {
  const form = document.getElementById("invitation-link");
  const field = form?.elements.link;
  function open() {
    if (!window.location.hash.startsWith("#fdi_")) return;
    field.value = window.location.hash;
    window.history.replaceState(null, "", window.location.pathname); // neither kept in the history nor read by others
    form.requestSubmit();
  }
  if (!form) return;
  window.addEventListener("hashchange", open); // a link pasted into the page's own tab
  window.addEventListener("pageshow", (event) => { // back again: the link that was sent is not sent once more
    if (event.persisted) field.value = "";
  });
  open();
})();
