// Draws the page from its data, and marks it as drawn or says why it is not.
unpack($("payload").textContent).then((json) => {
  start(JSON.parse(json));
  document.documentElement.dataset.ready = "true";
}).catch((error) => {
  $("failed").hidden = false;
  $("failed").textContent = `The page cannot be drawn: ${error.message}`;
});
