// What scrolls sideways can be reached by keyboard.
function reachable() {
  for (const box of document.querySelectorAll(".table-wrapper, .cell_output, .cell_output .output, div.formula, .highlight pre")) {
    if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  }
}
addEventListener("load", reachable);
addEventListener("resize", reachable);
