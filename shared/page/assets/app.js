// Keeps the status fresh: fetches the live part every few seconds and changes only what differs, so that focus, open
// details and half-filled forms stay. It stops while the page is hidden and when the session has ended. Without this
// script the page works the same and is reloaded by hand.
"use strict";
(() => {
  const live = document.getElementById("live");
  const announce = document.getElementById("announce");
  if (!live) return;
  let timer = 0;
  let failures = 0;
  let ended = false;

  const seconds = () => Number(live.firstElementChild?.dataset.poll) || 10;
  const wait = () => {
    clearTimeout(timer);
    if (!ended && !document.hidden) timer = setTimeout(refresh, seconds() * 1000 * Math.min(8, 2 ** failures));
  };
  const text = (id) => document.getElementById(id)?.textContent ?? "";
  const titles = () => [...live.querySelectorAll("#needs h3")].map((title) => title.textContent.replace(/\s*\(.*?\)/g, "")).join(" ");

  // Touched forms are the reader's until they are sent.
  live.addEventListener("input", (event) => event.target.form?.setAttribute("data-touched", ""));

  function alike(a, b) {
    return a.nodeType === b.nodeType && a.nodeName === b.nodeName && (a.id || "") === (b.id || "");
  }

  function attributes(from, to) {
    for (const { name } of [...from.attributes]) {
      if (!to.hasAttribute(name) && !(name === "open" && from.nodeName === "DETAILS")) from.removeAttribute(name);
    }
    for (const { name, value } of to.attributes) {
      if (from.getAttribute(name) !== value) from.setAttribute(name, value);
    }
  }

  function morph(from, to) {
    if (from.nodeType !== Node.ELEMENT_NODE) {
      if (from.nodeValue !== to.nodeValue) from.nodeValue = to.nodeValue;
      return;
    }
    if (from.hasAttribute("data-touched")) return;
    attributes(from, to);
    const coming = [...to.childNodes];
    let old = from.firstChild;
    for (const next of coming) {
      let match = old;
      if (next.id) while (match && !alike(match, next)) match = match.nextSibling;
      if (match && alike(match, next)) {
        while (old !== match) { const gone = old; old = old.nextSibling; gone.remove(); }
        old = match.nextSibling;
        morph(match, next);
      } else {
        from.insertBefore(document.importNode(next, true), old);
      }
    }
    while (old) { const gone = old; old = old.nextSibling; gone.remove(); }
  }

  async function refresh() {
    try {
      const reply = await fetch(live.dataset.src, { credentials: "same-origin", redirect: "error", headers: { Accept: "text/html" } });
      if (!reply.ok && reply.status !== 401) throw new Error(String(reply.status));
      const state = text("state"), problems = titles(), focused = document.activeElement;
      const next = new DOMParser().parseFromString(await reply.text(), "text/html");
      // The word about what was pressed stays until the state changes, that about a resync until the resync begins or ends:
      // after that it may not be true any more.
      const flash = next.getElementById("state")?.textContent === state && document.getElementById("flash");
      const holds = flash && (!flash.dataset.while || flash.dataset.while === next.getElementById("status")?.dataset.resync);
      if (holds) next.getElementById("status")?.prepend(document.importNode(flash, true));
      const to = document.createElement("div");
      to.id = "live";
      to.dataset.src = live.dataset.src;
      to.append(...next.body.childNodes);
      morph(live, to);
      ended = reply.status === 401;
      failures = 0;
      document.title = live.firstElementChild?.dataset.title ?? document.title;
      // Whoever stood on a button that is gone goes on from the top of the page, not from nowhere.
      if (focused && !focused.isConnected) document.getElementById("main").focus({ preventScroll: true });
      if (text("state") !== state || titles() !== problems) announce.textContent = text("state") + ". " + titles();
    } catch {
      failures = Math.min(failures + 1, 3);
    }
    wait();
  }

  document.addEventListener("visibilitychange", () => (document.hidden ? clearTimeout(timer) : !ended && refresh()));
  wait();
})();
