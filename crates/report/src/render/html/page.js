"use strict";
for (const table of document.querySelectorAll("#findings, table.rows")) {
  const body = table.tBodies[0];
  const plain = (text) => (/^[\d,]+$/.test(text) ? text.replaceAll(",", "") : text);
  const value = (row, at) => row.cells[at].dataset.sort ?? plain(row.cells[at].textContent);
  const order = new Intl.Collator("en", { numeric: true });
  [...table.tHead.rows[0].cells].forEach((cell, at) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = cell.textContent;
    cell.replaceChildren(button);
    button.addEventListener("click", () => {
      const up = cell.getAttribute("aria-sort") !== "ascending";
      for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
      cell.setAttribute("aria-sort", up ? "ascending" : "descending");
      const rows = [...body.rows].sort((a, b) => order.compare(value(a, at), value(b, at)) * (up ? 1 : -1));
      body.append(...rows);
    });
  });
}
