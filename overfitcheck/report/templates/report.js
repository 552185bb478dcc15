"use strict";
// Values under the pointer and a larger chart, for those who can have them. Everything that is
// shown comes out of the table of epochs below the chart.
for (const figure of document.querySelectorAll("figure.overview")) {
  const chart = figure.querySelector(".chart");
  const { left, right, first, last, table } = chart.dataset;
  const rows = [...document.querySelectorAll(`#${table} tbody tr`)].map((row) =>
    [...row.cells].map((cell) => cell.textContent));
  const names = [...document.querySelectorAll(`#${table} thead th`)].map((th) => th.textContent);
  if (!rows.length) continue;
  const epochs = rows.map((row) => Number(row[0]));

  const add = (parent, tag, properties) =>
    parent.appendChild(Object.assign(document.createElement(tag), properties));
  const tools = document.createElement("div");
  tools.className = "tools";
  figure.insertBefore(tools, figure.querySelector("figcaption"));
  const label = add(tools, "label", { textContent: "epoch " });
  const slider = add(tools, "input", {
    type: "range", min: 0, max: epochs.length - 1, value: 0, id: `${table}-epoch` });
  label.htmlFor = slider.id;
  const zoomed = [1, 2, 4];
  let size = 0;
  const larger = add(tools, "button", { type: "button", textContent: "larger" });
  const smaller = add(tools, "button", { type: "button", textContent: "smaller" });
  const readout = add(figure, "p", { className: "readout" });
  readout.setAttribute("role", "status");
  figure.insertBefore(readout, tools);
  const cursor = add(chart, "div", { className: "cursor", hidden: true });

  const show = (index) => {
    slider.value = index;
    const share = (epochs[index] - first) / (last - first);
    cursor.style.left = `${100 * (Number(left) + share * (right - left))}%`;
    cursor.hidden = false;
    slider.setAttribute("aria-valuetext", `epoch ${rows[index][0]}`);
    readout.textContent = names.map((name, at) => `${name} ${rows[index][at]}`).join(", ");
  };
  const nearest = (epoch) => epochs.reduce((best, each, at) =>
    (Math.abs(each - epoch) < Math.abs(epochs[best] - epoch) ? at : best), 0);
  chart.addEventListener("pointermove", (event) => {
    const box = chart.getBoundingClientRect();
    const share = ((event.clientX - box.left) / box.width - left) / (right - left);
    if (share >= 0 && share <= 1) show(nearest(Number(first) + share * (last - first)));
  });
  slider.addEventListener("input", () => show(Number(slider.value)));
  const resize = (step) => {
    size = Math.min(Math.max(size + step, 0), zoomed.length - 1);
    chart.style.width = `${100 * zoomed[size]}%`;
    larger.disabled = size === zoomed.length - 1;
    smaller.disabled = size === 0;
  };
  larger.addEventListener("click", () => resize(1));
  smaller.addEventListener("click", () => resize(-1));
  resize(0);
}
