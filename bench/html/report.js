/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The page has all data as it is; this sorts and filters its tables, and remembers the colours. */
(function () {
"use strict";

/* Fewer rows are seen at a glance. */
var FILTER_FROM = 9;
/* More values are no choice but a search. */
var CHOICES_MAX = 40;
/* Until all are asked for. */
var ROWS_SHOWN = 500;

function element(name, properties) {
	return Object.assign(document.createElement(name), properties);
}

function text(cell) {
	return cell ? cell.textContent.trim() : "";
}

/* Numbers as numbers, all else as text in which numbers count ("5.10" behind "5.4"); null: empty. */
function sortValue(cell) {
	var value = cell && cell.dataset.v !== undefined ? Number(cell.dataset.v) : NaN;

	return isNaN(value) ? text(cell).toLowerCase() || null : value;
}

var collator = new Intl.Collator("en", { numeric: true });

/* Numbers before text; what is empty stays last in both directions. */
function compare(a, b, sign) {
	if (a === null || b === null)
		return (a === null) - (b === null);
	if (typeof a !== typeof b)
		return typeof a === "number" ? -sign : sign;
	return sign * (typeof a === "number" ? a - b : collator.compare(a, b));
}

function Table(table) {
	this.table = table;
	this.body = table.tBodies[0];
	this.heads = Array.from(table.tHead.rows[0].cells);
	this.titles = this.heads.map(text);
	this.rows = Array.from(this.body.rows);
	this.order = this.rows;
	this.limit = Infinity;
}

/* Which rows the filter lets through. */
Table.prototype.fitting = function () {
	var words, chosen, texts = this.texts;

	if (!texts)
		return this.order;
	words = this.search.value.toLowerCase().split(/\s+/).filter(Boolean);
	chosen = this.choices.filter(function (choice) { return choice.select.value !== ""; });
	return this.order.filter(function (row) {
		return words.every(function (word) { return texts.get(row).includes(word); }) &&
			chosen.every(function (choice) { return text(row.cells[choice.column]) === choice.values[choice.select.value]; });
	});
};

/* Only rows that are seen are in the document: a browser takes seconds to lay out thousands. */
Table.prototype.update = function () {
	var fitting = this.fitting(), seen = document.createDocumentFragment();

	fitting.slice(0, this.limit).forEach(function (row) { seen.append(row); });
	this.body.replaceChildren(seen);
	if (!this.texts)
		return;
	this.count.textContent = (fitting.length === this.rows.length ? "" : fitting.length + " of ") + this.rows.length + " rows" +
		(fitting.length > this.limit ? ", the first " + this.limit + " shown" : "");
	this.all.hidden = fitting.length <= this.limit;
};

/* First up, then down, then as it came. */
Table.prototype.sort = function (column) {
	var head = this.heads[column];
	var order = { ascending: "descending", descending: "" }[head.getAttribute("aria-sort")];
	var sign;

	if (order === undefined)
		order = "ascending";
	sign = order === "descending" ? -1 : 1;
	this.heads.forEach(function (other) { other.removeAttribute("aria-sort"); });
	this.order = this.rows;
	if (order) {
		head.setAttribute("aria-sort", order);
		this.order = this.rows.map(function (row) { return { row: row, value: sortValue(row.cells[column]) }; })
			.sort(function (a, b) { return compare(a.value, b.value, sign); })
			.map(function (sorted) { return sorted.row; });
	}
	this.update();
};

Table.prototype.makeSortable = function () {
	var self = this;

	this.heads.forEach(function (head, column) {
		var button = element("button", { type: "button", textContent: self.titles[column] });

		button.addEventListener("click", function () { self.sort(column); });
		head.replaceChildren(button);
	});
};

/* The values of a column in their order. */
Table.prototype.valuesOf = function (column) {
	var found = new Map();

	this.rows.forEach(function (row) {
		var cell = row.cells[column], value = text(cell);

		if (value !== "" && !found.has(value))
			found.set(value, sortValue(cell));
	});
	return Array.from(found.keys()).sort(function (a, b) { return compare(found.get(a), found.get(b), 1); });
};

/* Where there is something to choose from. */
Table.prototype.addChoice = function (column, tools) {
	var values = this.valuesOf(column);
	var label = element("label", { textContent: this.titles[column] });
	var select = element("select");

	if (values.length < 2 || values.length > CHOICES_MAX)
		return;
	select.append(element("option", { value: "", textContent: "all" }));
	values.forEach(function (value, i) { select.append(element("option", { value: String(i), textContent: value })); });
	select.addEventListener("change", this.update.bind(this));
	label.append(select);
	tools.append(label);
	this.choices.push({ column: column, values: values, select: select });
};

Table.prototype.addButton = function (title, tools, action) {
	var button = element("button", { type: "button", textContent: title });

	button.addEventListener("click", action);
	tools.append(button);
	return button;
};

Table.prototype.reset = function () {
	this.search.value = "";
	this.choices.forEach(function (choice) { choice.select.value = ""; });
	this.update();
};

Table.prototype.showAll = function () {
	this.limit = Infinity;
	this.update();
};

Table.prototype.addSearch = function (tools) {
	var label = element("label", { textContent: "Search" });
	var update = this.update.bind(this);
	var waiting;

	this.search = element("input", { type: "search", placeholder: "words that a row has to have" });
	this.search.addEventListener("input", function () {
		clearTimeout(waiting);
		waiting = setTimeout(update, 80);
	});
	label.append(this.search);
	tools.append(label);
};

Table.prototype.makeFilter = function () {
	var self = this;
	var tools = element("div", { className: "tools" });

	tools.setAttribute("role", "group");
	tools.setAttribute("aria-label", "Filter: " + text(this.table.caption));
	this.texts = new Map(this.rows.map(function (row) { return [row, Array.from(row.cells, text).join(" ").toLowerCase()]; }));
	this.limit = ROWS_SHOWN;
	this.choices = [];
	this.addSearch(tools);
	this.heads.forEach(function (head, column) {
		if ("choice" in head.dataset)
			self.addChoice(column, tools);
	});
	this.addButton("Reset", tools, this.reset.bind(this));
	this.count = element("p", { className: "count" });
	this.count.setAttribute("role", "status");
	tools.append(this.count);
	this.all = this.addButton("Show all", tools, this.showAll.bind(this));
	this.table.parentNode.before(tools);
};

/* Storage may be refused, for files above all; then the choice lasts as long as the page. */
function rememberColours() {
	var radios = document.querySelectorAll("input[name=theme]");

	try {
		radios.forEach(function (radio) {
			if (radio.value === localStorage.getItem("daxpin-theme"))
				radio.checked = true;
			radio.addEventListener("change", function () { localStorage.setItem("daxpin-theme", radio.value); });
		});
	} catch (refused) {
		return;
	}
}

/* Who does not see a scroll bar would not know that there is more. */
function markScrolling() {
	var boxes = Array.from(document.querySelectorAll(".box, .plot"));
	var mark = function (box) { box.classList.toggle("more", box.scrollWidth - box.clientWidth - box.scrollLeft > 2); };
	var observer = new ResizeObserver(function (entries) { entries.forEach(function (entry) { mark(entry.target.closest(".box, .plot")); }); });

	boxes.forEach(function (box) {
		box.addEventListener("scroll", function () { mark(box); }, { passive: true });
		observer.observe(box);
		if (box.querySelector("table"))
			observer.observe(box.querySelector("table"));
	});
}

/* On paper nothing can be opened. */
function openForPrint(tables) {
	var closed = [], limits = [];

	window.addEventListener("beforeprint", function () {
		closed = Array.from(document.querySelectorAll("details:not([open])"));
		closed.forEach(function (details) { details.open = true; });
		limits = tables.map(function (table) { return table.limit; });
		tables.forEach(function (table) { table.showAll(); });
	});
	window.addEventListener("afterprint", function () {
		closed.forEach(function (details) { details.open = false; });
		tables.forEach(function (table, i) {
			table.limit = limits[i];
			table.update();
		});
	});
}

function makeTable(table) {
	var made = new Table(table);

	made.makeSortable();
	if ("filter" in table.dataset && (made.rows.length >= FILTER_FROM || table.id))
		made.makeFilter();
	made.update();
	return made;
}

/* Tables are laid out when they are made, not twice. */
document.documentElement.classList.add("loading");
document.addEventListener("DOMContentLoaded", function () {
	try {
		rememberColours();
		openForPrint(Array.from(document.querySelectorAll("table"), makeTable));
		markScrolling();
	} finally {
		document.documentElement.classList.remove("loading");
	}
});
}());
