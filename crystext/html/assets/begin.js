// Draws the page from its data, and marks it as drawn or says why it is not.
unpack($("payload").textContent).then((json) => {
  $("payload").remove();
  start(JSON.parse(json));
  document.documentElement.dataset.ready = "true";
}).catch((error) => {
  $("failed").hidden = false;
  $("failed").textContent = `This page could not read its data: ${error.message}`;
  throw error;
});
