// What scrolls sideways can be reached by keyboard.
function reachable() {
  for (const box of document.querySelectorAll(".table-wrapper, .cell_output, .cell_output .output, div.formula, .highlight pre")) {
    if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  }
}
// The captions of the side bar are headings, which have a level.
function levelled() {
  for (const caption of document.querySelectorAll('.caption[role="heading"]')) caption.ariaLevel = "2";
}
addEventListener("DOMContentLoaded", levelled);
addEventListener("load", reachable);
addEventListener("resize", reachable);
