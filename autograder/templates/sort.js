// Sorts the students by the column whose heading is pressed; pressed again, the other way round.
for (const button of document.querySelectorAll(".students th button")) {
  button.addEventListener("click", () => {
    const heading = button.closest("th"), body = heading.closest("table").tBodies[0];
    const way = heading.ariaSort === "ascending" ? "descending" : "ascending";
    const key = row => row.cells[heading.cellIndex].dataset.key;
    const order = (a, b) => key(a) - key(b) || key(a).localeCompare(key(b), "en", { numeric: true });
    const rows = [...body.rows].sort((a, b) => way === "ascending" ? order(a, b) : order(b, a));
    for (const other of heading.parentElement.cells) other.removeAttribute("aria-sort");
    heading.ariaSort = way;
    body.append(...rows);
  });
}
