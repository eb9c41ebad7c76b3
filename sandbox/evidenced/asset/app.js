// Adds bus events to the list as they arrive, and reads lists anew when something in them changed. Without scripts
// every page still works after a reload.
(function () {
  "use strict";
  var main = document.getElementById("main");
  if (!window.EventSource || !main || main.dataset.page === "login") return;

  var timer = 0;
  var concerns = {
    candidates: ["Candidate"], candidate: ["Candidate", "Interview", "Decision"], jobs: ["Job"], users: ["User"],
    interviews: ["Interview"], decisions: ["Decision"], integrations: ["Connection"], overview: ["Connection", "Decision"]
  }[main.dataset.page] || [];

  function busy() {
    var at = document.activeElement;
    return (at && /^(INPUT|TEXTAREA|SELECT)$/.test(at.tagName)) || document.querySelector("details[open]") ||
      Array.prototype.some.call(document.querySelectorAll("input[name=reason], textarea"), function (field) { return field.value !== field.defaultValue; });
  }

  function again() {
    timer = 0;
    if (busy()) return;
    fetch(location.href, { headers: { Accept: "text/html" } }).then(function (reply) { return reply.ok ? reply.text() : ""; }).then(function (text) {
      var fresh = text && new DOMParser().parseFromString(text, "text/html").getElementById("main");
      if (fresh && !busy()) main.innerHTML = fresh.innerHTML;
    }).catch(function () { /* the next event tries again */ });
  }

  function add(event) {
    var list = document.getElementById("events");
    if (!list) return;
    var empty = list.querySelector(".empty");
    if (empty) empty.remove();
    var row = document.createElement("li");
    row.className = "new";
    [["time", event.at], ["b", event.type], ["code", event.id], ["span", event.change]].forEach(function (part) {
      if (!part[1]) return;
      var node = document.createElement(part[0]);
      node.textContent = part[1];
      row.appendChild(node);
    });
    list.insertBefore(row, list.firstChild);
    while (list.children.length > (main.dataset.page === "overview" ? 12 : 100)) list.lastChild.remove();
  }

  new EventSource("/events/stream").onmessage = function (message) {
    var event = JSON.parse(message.data);
    add(event);
    if (!timer && concerns.some(function (word) { return event.type.indexOf(word) === 0; })) timer = setTimeout(again, 400);
  };
})();
