// SPDX-License-Identifier: GPL-2.0-or-later
// The HTML page of 'daxpin report' in headless Chromium. Prints TAP.
//   node page.js DIRECTORY [SCREENSHOTS]
// DIRECTORY has the pages that tests/html/run made.
'use strict';

const assert = require('assert').strict;
const path = require('path');
const { Browser } = require('./browser.js');

const [directory, screenshots] = process.argv.slice(2);
const tests = [];
const test = (name, f) => tests.push({ name, f });
const page = (name) => path.join(directory, name, 'index.html');

// Wide and light.
async function fresh(b, name) {
	await b.size(1280, 900);
	await b.colours('light');
	await b.load(page(name));
}

// What the rows of a table show in the column of a title; hidden ones do not show.
const column = (b, table, title) => b.run(`(() => {
	const table = document.querySelector(${JSON.stringify(table)});
	const at = [...table.tHead.rows[0].cells].findIndex((c) => c.textContent.trim() === ${JSON.stringify(title)});
	return [...table.tBodies[0].rows].filter((r) => r.checkVisibility()).map((r) => r.cells[at].textContent.trim());
})()`);

// Marks the header of a title, so that selectors find it.
const mark = (b, table, title) => b.run(`(() => {
	const head = [...document.querySelectorAll(${JSON.stringify(table)} + ' thead th')].find((c) => c.textContent.trim() === ${JSON.stringify(title)});
	document.querySelectorAll('[data-marked]').forEach((e) => delete e.dataset.marked);
	head.dataset.marked = '';
})()`);
const marked = '[data-marked] button';
const order = (b) => b.run('document.querySelector("[data-marked]").getAttribute("aria-sort")');
const shown = (b) => b.run('document.querySelector("#cells .count").textContent');

const choose = (b, title, value) => b.run(`(() => {
	const label = [...document.querySelectorAll('#cells .tools label')].find((l) => l.firstChild.textContent === ${JSON.stringify(title)});
	const select = label.querySelector('select');
	select.value = [...select.options].find((o) => o.textContent === ${JSON.stringify(value)}).value;
	select.dispatchEvent(new Event('change'));
})()`);

async function search(b, words) {
	await b.click('#cells input[type=search]');
	await b.run('document.activeElement.value = ""');
	await b.send('Input.insertText', { text: words });
	await b.run('new Promise((done) => setTimeout(done, 200))');
}

const ascending = (values) => values.every((v, i) => !i || values[i - 1] <= v);

test('nothing is fetched, and nothing is on the console', async (b) => {
	for (const name of ['main', 'mixed', 'model', 'registration', 'kernels', 'tiny', 'hostile', 'large']) {
		await fresh(b, name);
		assert.deepEqual(b.complaints, [], name);
		assert.equal(b.requests.length, 1, name);
		assert.match(b.requests[0], /^file:.*index\.html$/);
	}
});

test('a click sorts by number, up, down and as it was', async (b) => {
	await fresh(b, 'main');
	const before = await column(b, '#cell-table', 'median per page');
	assert.equal(before.length, 16);
	assert.ok(!ascending(before.map(Number)));
	await mark(b, '#cell-table', 'median per page');
	assert.equal(await order(b), null);
	await b.click(marked);
	assert.equal(await order(b), 'ascending');
	const up = (await column(b, '#cell-table', 'median per page')).map(Number);
	assert.ok(ascending(up) && up.length === 16, up.join());
	await b.click(marked);
	assert.equal(await order(b), 'descending');
	assert.deepEqual((await column(b, '#cell-table', 'median per page')).map(Number), up.reverse());
	await b.click(marked);
	assert.equal(await order(b), null);
	assert.deepEqual(await column(b, '#cell-table', 'median per page'), before);
});

test('the keyboard sorts too, and one column at a time', async (b) => {
	await fresh(b, 'main');
	await mark(b, '#cell-table', 'op');
	await b.run(`document.querySelector('${marked}').focus()`);
	await b.key('Enter', 'Enter', '\r');
	assert.equal(await order(b), 'ascending');
	assert.deepEqual([...new Set(await column(b, '#cell-table', 'op'))], ['get', 'put']);
	await b.key(' ', 'Space', ' ');
	assert.equal(await order(b), 'descending');
	assert.deepEqual([...new Set(await column(b, '#cell-table', 'op'))], ['put', 'get']);
	await b.key('Tab');
	assert.equal(await b.run('document.activeElement.textContent'), 'median per page');
	await b.key('Enter', 'Enter', '\r');
	assert.equal(await b.run('document.querySelectorAll("#cell-table [aria-sort]").length'), 1);
	assert.equal(await b.run('document.activeElement.textContent'), 'median per page');
});

test('kernels sort by version, sizes by bytes, and what is empty stays last', async (b) => {
	await fresh(b, 'main');
	await mark(b, '#cell-table', 'kernel');
	await b.click(marked);
	assert.deepEqual([...new Set(await column(b, '#cell-table', 'kernel'))], ['5.10', '6.1', '6.12', '7.3']);
	await b.click(marked);
	assert.deepEqual([...new Set(await column(b, '#cell-table', 'kernel'))], ['7.3', '6.12', '6.1', '5.10']);
	await fresh(b, 'large');
	await mark(b, '#cell-table', 'size');
	await b.click(marked);
	assert.deepEqual([...new Set(await column(b, '#cell-table', 'size'))].slice(0, 3), ['4M', '8M', '12M']);
	await fresh(b, 'mixed');
	await mark(b, '#cell-table', 'CI low');
	for (let i = 0; i < 2; i++) {
		await b.click(marked);
		const values = await column(b, '#cell-table', 'CI low');
		assert.equal(values.indexOf('') === -1 || values.slice(values.indexOf('')).every((v) => v === ''), true);
	}
	await mark(b, '#problem-table', 'op');
	await b.run('document.querySelectorAll("details").forEach((d) => { d.open = true; })');
	for (let i = 0; i < 2; i++) {
		await b.click(marked);
		const values = await column(b, '#problem-table', 'op');
		assert.ok(values[0] !== '' && values.at(-1) === '', values.join());
	}
});

test('kernel by kernel comes first, sorts, filters, and says what moved', async (b) => {
	const table = '#summary table.rows';
	await fresh(b, 'kernels');
	assert.match(await b.run(`document.querySelector("#summary caption").textContent`), /^Kernel by kernel/);
	const titles = await b.run(`[...document.querySelectorAll('${table} thead th')].map((h) => h.textContent.trim())`);
	assert.deepEqual(titles, ['figure', 'memory', 'unit', '5.10', '6.1', '6.12', '7.2', '7.3']);
	// all of it is seen without scrolling sideways
	assert.ok(await b.run(`(() => { const box = document.querySelector('${table}').parentNode; return box.scrollWidth <= box.clientWidth; })()`));
	const rows = (await column(b, table, 'unit')).length;
	await b.run(`(() => {
		const select = [...document.querySelectorAll('#summary .tools label')].find((l) => l.firstChild.textContent === 'unit').querySelector('select');
		select.value = [...select.options].find((o) => o.textContent === 'instructions/page').value;
		select.dispatchEvent(new Event('change'));
	})()`);
	const units = await column(b, table, 'unit');
	assert.ok(units.length > 20 && units.length < rows && units.every((unit) => unit === 'instructions/page'), units.join());
	await mark(b, table, '7.2');
	await b.run(`document.querySelector('${marked}').focus()`);
	await b.key('Enter', 'Enter', '\r');
	const values = (await column(b, table, '7.2')).map(parseFloat).filter((v) => !isNaN(v));
	assert.ok(values.length > 20 && ascending(values), values.join());
	// colour is not all that tells a fall from a rise
	assert.deepEqual(await b.run(`[...new Set([...document.querySelectorAll('${table} .down span, ${table} .up span')]
		.map((s) => s.parentNode.className + s.getAttribute('aria-label') + s.textContent))].sort()`), ['downfalls\u2193', 'uprises\u2191']);
	await b.run('document.querySelector("#summary summary").focus()');
	await b.key('Enter', 'Enter', '\r');
	const reasons = await column(b, '#summary table.moves', 'by');
	assert.ok(reasons.includes('folio GUP') && reasons.includes('memmap sharing'), reasons.join());
	assert.match(await b.run('document.querySelector("#summary .words").innerText'), /compound devmap/);
});

test('the plots of kernels are in the summary, and can be read on a phone, by keyboard too', async (b) => {
	await fresh(b, 'kernels');
	assert.deepEqual(await b.run('[...document.querySelectorAll("#summary .plot")].map((f) => f.querySelector("figcaption").textContent.slice(0, 16))'),
		['Kernel by kernel', 'Kernel by kernel'].map((text) => text.replace('K', 'k')));
	assert.equal(await b.run('document.querySelector("#plots").textContent.includes("None were made")'), false);
	await b.size(390, 844);
	// two kernels beside what they are figures of
	assert.ok(await b.run(`(() => { const row = document.querySelector('#summary table.rows tbody tr');
		return /map=mem, instructions/.test(row.cells[0].innerText) && row.cells[5].getBoundingClientRect().right < innerWidth; })()`));
	const least = await b.run(`Math.min(...[...document.querySelectorAll('#summary .plot text')].filter((t) => t.textContent.trim())
		.map((t) => t.getBoundingClientRect().height).filter(Boolean))`);
	assert.ok(least >= 6, `text of ${least} px`);
	await b.run('document.querySelector("#summary summary").focus()');
	for (let i = 0; i < 3 && await b.run('document.activeElement.tagName') !== 'FIGURE'; i++)
		await b.key('Tab');
	assert.equal(await b.run('document.activeElement.tagName'), 'FIGURE');
	await b.key('ArrowRight');
	await b.run('new Promise((done) => setTimeout(done, 400))');
	assert.ok(await b.run('document.activeElement.scrollLeft') > 0);
	assert.equal(await b.run('document.documentElement.scrollWidth'), 390);
});

test('search and choices filter, together and beside sorting', async (b) => {
	await fresh(b, 'main');
	assert.equal(await shown(b), '16 rows');
	await search(b, 'DEV put');
	assert.equal(await shown(b), '4 of 16 rows');
	assert.deepEqual(await column(b, '#cell-table', 'map'), ['dev', 'dev', 'dev', 'dev']);
	await choose(b, 'kernel', '6.1');
	assert.deepEqual(await column(b, '#cell-table', 'kernel'), ['6.1']);
	await mark(b, '#cell-table', 'spread %');
	await b.click(marked);
	assert.equal((await column(b, '#cell-table', 'op')).join(), 'put');
	await search(b, 'no such words');
	assert.equal(await shown(b), '0 of 16 rows');
	await b.click('#cells .tools select ~ button, #cells .tools label ~ button');
	assert.equal(await shown(b), '16 rows');
	assert.equal((await column(b, '#cell-table', 'kernel')).length, 16);
	assert.equal(await b.run('document.querySelector("#cells .count").getAttribute("role")'), 'status');
});

test('light and dark: as the system, as the switch, and remembered', async (b) => {
	const back = () => b.run('getComputedStyle(document.body).backgroundColor');
	await fresh(b, 'main');
	assert.equal(await back(), 'rgb(255, 255, 255)');
	await b.colours('dark');
	assert.equal(await back(), 'rgb(16, 20, 24)');
	assert.match(await b.run('getComputedStyle(document.querySelector(".plot svg")).filter'), /invert/);
	await b.click('#theme-light + span');
	assert.equal(await back(), 'rgb(255, 255, 255)');
	assert.equal(await b.run('getComputedStyle(document.querySelector(".plot svg")).filter'), 'none');
	await b.key('ArrowRight');
	assert.equal(await back(), 'rgb(16, 20, 24)');
	await b.colours('light');
	await b.load(page('main'));
	assert.equal(await back(), 'rgb(16, 20, 24)');
	assert.match(await b.run('getComputedStyle(document.querySelector(".plot svg")).filter'), /invert/);
	assert.equal(await b.run('document.querySelector("#theme-dark").checked'), true);
	assert.deepEqual(b.complaints, []);
	await b.run('localStorage.clear()');
});

// WCAG 2: relative luminance of what stands behind a text and of the text itself.
const contrasts = (b) => b.run(`(() => {
	const parse = (c) => c.match(/[\\d.]+/g).map(Number);
	const luminance = (c) => [0.2126, 0.7152, 0.0722].reduce((sum, weight, i) => {
		const v = c[i] / 255;
		return sum + weight * (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
	}, 0);
	const behind = (e) => {
		const colour = e ? parse(getComputedStyle(e).backgroundColor) : [255, 255, 255];
		return colour.length === 4 && colour[3] === 0 ? behind(e.parentElement) : colour;
	};
	const low = [];
	let seen = 0;
	for (const e of document.querySelectorAll('body *')) {
		if (e.closest('svg, script') || !e.getClientRects().length)
			continue;
		if (![...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim()) && e.tagName !== 'INPUT')
			continue;
		const a = luminance(parse(getComputedStyle(e).color)), z = luminance(behind(e));
		const ratio = (Math.max(a, z) + 0.05) / (Math.min(a, z) + 0.05);
		seen++;
		const hint = e.placeholder ? luminance(parse(getComputedStyle(e, '::placeholder').color)) : a;
		if (Math.min(ratio, (Math.max(hint, z) + 0.05) / (Math.min(hint, z) + 0.05)) < 4.5)
			low.push(e.outerHTML.slice(0, 80) + ' ' + ratio.toFixed(2));
	}
	return { low, seen };
})()`);

test('contrast of all text is 4.5 or more, light and dark', async (b) => {
	for (const name of ['mixed', 'registration', 'kernels', 'verdicts'])
		for (const colours of ['light', 'dark']) {
			await fresh(b, name);
			await b.colours(colours);
			await b.run('document.querySelectorAll("details").forEach((d) => { d.open = true; })');
			await mark(b, '#cell-table', 'op');
			await b.click(marked);
			const { low, seen } = await contrasts(b);
			assert.ok(seen > 100, `${seen} texts`);
			assert.deepEqual(low, [], `${name} ${colours}`);
		}
});

test('narrow: tables scroll in their box, the page does not scroll sideways', async (b) => {
	for (const name of ['main', 'mixed', 'model', 'registration', 'kernels', 'verdicts', 'tiny', 'hostile']) {
		await fresh(b, name);
		for (const width of [390, 320]) {
			await b.size(width, 844);
			await b.run('document.querySelectorAll("details").forEach((d) => { d.open = true; })');
			assert.equal(await b.run('document.documentElement.scrollWidth'), width, `${name} at ${width}`);
			await b.run('window.scrollTo({ left: 500, behavior: "instant" })');
			assert.equal(await b.run('window.scrollX'), 0);
			assert.deepEqual(await b.run(`[...document.querySelectorAll('body *')].filter((e) => !e.closest('table, svg, .skip') &&
				e.getBoundingClientRect().right > innerWidth + 0.5).map((e) => e.outerHTML.slice(0, 80))`), [], `${name} at ${width}`);
		}
	}
	await fresh(b, 'main');
	await b.size(390, 844);
	assert.ok(await b.run(`(() => {
		const box = document.querySelector('#cells .box');
		box.scrollLeft = 1e6;
		const kernel = box.querySelector('tbody th').getBoundingClientRect(), edge = box.getBoundingClientRect();
		return box.scrollLeft > 100 && Math.abs(kernel.left - edge.left) < 3;
	})()`), 'the box scrolls, and its kernels stay');
	// which is said, until there is no more; plots scroll too, at a size that can be read
	await b.run('document.querySelector("#cells .box").scrollLeft = 0');
	await new Promise((done) => setTimeout(done, 200));
	const hint = (box) => b.run(`getComputedStyle(document.querySelector('${box}'), '::after').content`);
	assert.match(await hint('#cells .box caption'), /scroll for more/);
	assert.match(await hint('.plot figcaption'), /scroll for more/);
	assert.ok(await b.run('(() => { const svg = document.querySelector(".plot svg"); return svg.getBoundingClientRect().width >= svg.viewBox.baseVal.width; })()'));
	await b.run('document.querySelector("#cells .box").scrollLeft = 1e6');
	await new Promise((done) => setTimeout(done, 200));
	assert.equal(await hint('#cells .box caption'), 'none');
	assert.deepEqual(await b.run(`[...document.querySelectorAll('thead button')].filter((e) => e.getClientRects().length && e.getBoundingClientRect().height < 24).map((e) => e.outerHTML)`), []);
	// and a finger can hit what there is to hit
	assert.deepEqual(await b.run(`[...document.querySelectorAll('.tools input, .tools select, .tools button, .theme label')]
		.filter((e) => e.getClientRects().length && e.getBoundingClientRect().height < 36).map((e) => e.outerHTML.slice(0, 60))`), []);
});

test('without JavaScript all is there, without dead buttons', async (b) => {
	await fresh(b, 'mixed');
	const rows = await b.run('document.querySelectorAll("tbody tr").length');
	await b.send('Emulation.setScriptExecutionDisabled', { value: true });
	await b.load(page('mixed'));
	assert.equal(await b.run('document.querySelectorAll("tbody tr").length'), rows);
	assert.ok(rows >= 6);
	assert.equal(await b.run('document.querySelectorAll("button, input:not([type=radio]), select").length'), 0);
	await b.click('#theme-dark + span');
	assert.equal(await b.run('getComputedStyle(document.body).backgroundColor'), 'rgb(16, 20, 24)');
	await b.click('#left-out summary');
	assert.equal(await b.run('document.querySelector("#left-out details").open'), true);
	await b.send('Emulation.setScriptExecutionDisabled', { value: false });
});

test('skips and environment open on a click and by keyboard', async (b) => {
	await fresh(b, 'mixed');
	assert.equal((await column(b, '#problem-table', 'reason')).length, 0);
	await b.click('#left-out summary');
	assert.ok((await column(b, '#problem-table', 'reason')).includes('no hugepages of 1G, "0" free'));
	await b.run('document.querySelector("#runs summary").focus()');
	await b.key('Enter', 'Enter', '\r');
	assert.match(await b.run('document.querySelector("#runs details[open]").innerText'), /QEMU TCG CPU version 2\.5\+/);
});

test('strings of a CSV and a JSON are text and nothing else', async (b) => {
	await fresh(b, 'hostile');
	await b.run('document.querySelectorAll("details").forEach((d) => { d.open = true; })');
	await b.run('document.querySelectorAll("thead button").forEach((button) => button.click())');
	assert.equal(await b.run('String(window.owned)'), 'undefined');
	assert.equal(await b.run('document.querySelectorAll("script").length'), 1);
	assert.equal(await b.run('document.querySelectorAll("img, iframe, object, [onclick], [onerror]").length'), 0);
	assert.deepEqual(new Set(await column(b, '#cell-table', 'kernel')),
		new Set(['5.10<script>window.owned=1</script>', '6.1\' id=\'gpPt1\' "&amp;']));
	assert.ok((await column(b, '#problem-table', 'reason')).every((r) => r.startsWith('</td></table><script>')));
	for (const text of ['quiet </dd></dl></details><script>', '<img src=x onerror=window.owned=1>', '</script>'])
		assert.ok((await b.run('document.querySelector("#runs").innerText')).includes(text), text);
	assert.ok((await b.run('document.querySelector(".plot svg").textContent')).includes("6.1' id='gpPt1' _&amp;"));
	await choose(b, 'kernel', '5.10<script>window.owned=1</script>');
	assert.equal((await column(b, '#cell-table', 'op')).length, 2);
	assert.deepEqual(b.complaints, []);
});

test('a script that somehow got in would not run', async (b) => {
	await fresh(b, 'tiny');
	await b.run('document.body.append(Object.assign(document.createElement("script"), { textContent: "window.owned = 1" }))');
	await b.run('document.body.append(Object.assign(document.createElement("img"), { src: "http://127.0.0.1:9/x.png" }))');
	await b.run('document.body.insertAdjacentHTML("beforeend", "<b onclick=\\"window.owned = 2\\" id=bait>x</b>")');
	await b.click('#bait');
	assert.equal(await b.run('String(window.owned)'), 'undefined');
	assert.ok(b.complaints.length >= 2 && b.complaints.every((c) => c.includes('Content Security Policy')), b.complaints.join());
});

test('plots: ids are unique, and what they name is their own', async (b) => {
	await fresh(b, 'model');
	const found = await b.run(`(() => {
		const ids = [...document.querySelectorAll('[id]')].map((e) => e.id);
		const strays = [];
		let named = 0;
		for (const svg of document.querySelectorAll('.plot svg'))
			for (const e of svg.querySelectorAll('*'))
				for (const a of e.attributes) {
					const name = /^url\\(#(.*)\\)$/.exec(a.value) || (a.name.endsWith('href') && /^#(.*)/.exec(a.value));
					named += Boolean(name);
					if (name && !svg.querySelector('#' + CSS.escape(name[1])))
						strays.push(name[0]);
				}
		return { plots: document.querySelectorAll('.plot svg').length, ids: ids.length, unique: new Set(ids).size, strays, named,
			titles: document.querySelectorAll('svg title').length };
	})()`);
	assert.equal(found.plots, 5);
	assert.equal(found.ids, found.unique);
	assert.ok(found.named > 20);
	assert.deepEqual(found.strays, []);
	assert.equal(found.titles, 0);
	// dozens would bury the tables
	await fresh(b, 'registration');
	const { all, seen } = await b.run(`(() => { const plots = [...document.querySelectorAll('.plot svg')];
		return { all: plots.length, seen: plots.filter((p) => p.checkVisibility()).length }; })()`);
	assert.ok(all > 6 && seen === 6, `${seen} of ${all}`);
	await b.click('#plots summary');
	assert.equal(await b.run('[...document.querySelectorAll(".plot svg")].filter((p) => p.checkVisibility()).length'), all);
});

test('all that a screen reader needs has a name', async (b) => {
	await fresh(b, 'mixed');
	await b.run('document.querySelectorAll("details").forEach((d) => { d.open = true; })');
	const { nodes } = await b.send('Accessibility.getFullAXTree');
	const count = {};
	for (const node of nodes.filter((n) => !n.ignored)) {
		const role = node.role.value;
		if (!['button', 'table', 'region', 'searchbox', 'combobox', 'image', 'img', 'radio', 'link', 'navigation', 'columnheader',
			'DisclosureTriangle'].includes(role))
			continue;
		count[role] = (count[role] || 0) + 1;
		assert.ok(node.name?.value, `${role} without a name`);
	}
	for (const role of ['button', 'table', 'region', 'searchbox', 'combobox', 'radio', 'navigation', 'columnheader', 'DisclosureTriangle'])
		assert.ok(count[role], `no ${role}: ${JSON.stringify(count)}`);
	assert.deepEqual(await b.run(`[...document.querySelectorAll('th')].filter((h) => !h.scope).length`), 0);
	assert.deepEqual(await b.run(`[...document.querySelectorAll('table')].filter((t) => !t.caption).length`), 0);
	assert.equal(await b.run('document.documentElement.lang'), 'en');
	assert.deepEqual(await b.run('[...document.querySelectorAll("h1, h2, h3")].map((h) => h.tagName[1]).filter((n, i, a) => i && n - a[i - 1] > 1)'), []);
});

test('the keyboard: a link past the header, and where one is can be seen', async (b) => {
	await fresh(b, 'main');
	await b.key('Tab');
	assert.equal(await b.run('document.activeElement.className'), 'skip');
	assert.ok(await b.run('document.activeElement.getBoundingClientRect().left >= 0'));
	await b.key('Enter', 'Enter', '\r');
	assert.equal(await b.run('location.hash'), '#summary');
	const seen = new Set();
	for (let i = 0; i < 40; i++) {
		await b.key('Tab');
		const { name, outline } = await b.run(`(() => {
			const e = document.activeElement, shown = e.type === 'radio' ? e.nextElementSibling : e;
			return { name: e.tagName + e.className, outline: getComputedStyle(shown).outlineStyle };
		})()`);
		if (name.startsWith('BODY'))
			break;
		assert.notEqual(outline, 'none', `${name} has no outline`);
		seen.add(name);
	}
	for (const name of ['BUTTON', 'DIVbox', 'INPUT', 'SELECT'])
		assert.ok(seen.has(name), `${name} is not reached: ${[...seen]}`);
});

test('print: all is open, unfolded and light', async (b) => {
	await fresh(b, 'mixed');
	await b.colours('dark');
	await b.run(`window.addEventListener('beforeprint', () => { window.closed_ = document.querySelectorAll('details:not([open])').length; })`);
	const { data } = await b.send('Page.printToPDF', { printBackground: true });
	assert.equal(Buffer.from(data, 'base64').subarray(0, 5).toString(), '%PDF-');
	assert.equal(await b.run('window.closed_'), 0);
	assert.ok(await b.run('document.querySelectorAll("details:not([open])").length') > 0);
	await b.medium('print');
	assert.equal(await b.run('getComputedStyle(document.querySelector("#cells .box")).overflow'), 'visible');
	assert.ok(await b.run('[...document.querySelectorAll(".box")].every((box) => box.getClientRects().length)'), 'tables are on paper');
	assert.equal(await b.run('document.querySelector(".tools").getClientRects().length'), 0);
	assert.equal(await b.run('getComputedStyle(document.body).backgroundColor'), 'rgb(255, 255, 255)');
	await b.medium('');
});

test('thousands of rows load, sort and filter in a moment', async (b) => {
	const start = Date.now();
	await fresh(b, 'large');
	const load = Date.now() - start;
	assert.equal(await shown(b), '6000 rows, the first 500 shown');
	assert.equal((await column(b, '#cell-table', 'op')).length, 500);
	await mark(b, '#cell-table', 'median per page');
	const sort = await b.run(`(() => { const t = performance.now(); document.querySelector('${marked}').click();
		document.body.offsetHeight; return performance.now() - t; })()`);
	assert.ok(ascending((await column(b, '#cell-table', 'median per page')).map(Number)));
	const filter = await b.run(`(() => { const t = performance.now(), s = document.querySelector('#cells .tools select');
		s.value = '0'; s.dispatchEvent(new Event('change')); document.body.offsetHeight; return performance.now() - t; })()`);
	assert.equal(await shown(b), '3000 of 6000 rows, the first 500 shown');
	assert.deepEqual([...new Set(await column(b, '#cell-table', 'kernel'))], ['6.1']);
	await choose(b, 'kernel', 'all');
	await b.click('#cells .count + button');
	assert.equal(await shown(b), '6000 rows');
	assert.equal(await b.run('document.querySelectorAll("#cell-table tbody tr").length'), 6000);
	console.log(`# 6000 rows: load ${load} ms, sort ${sort.toFixed()} ms, filter ${filter.toFixed()} ms`);
	assert.ok(load < 10000 && sort < 2000 && filter < 2000);
});

async function takeScreenshots(b) {
	for (const [name, width, colours] of ['registration', 'kernels'].flatMap((page) => [[page, 1280, 'light'], [page, 1280, 'dark'],
		[page, 390, 'light'], [page, 390, 'dark']])) {
		await fresh(b, name);
		await b.size(width, width < 600 ? 844 : 900);
		await b.colours(colours);
		await b.screenshot(path.join(screenshots, `${name}-${width}-${colours}.png`), true);
	}
}

async function main() {
	const b = await Browser.open();
	let failed = 0;

	console.log(`1..${tests.length}`);
	for (const [i, { name, f }] of tests.entries())
		try {
			await f(b);
			console.log(`ok ${i + 1} html: ${name}`);
		} catch (error) {
			failed++;
			console.log(`not ok ${i + 1} html: ${name}\n# ${String(error.stack).replaceAll('\n', '\n# ')}`);
			await b.send('Emulation.setScriptExecutionDisabled', { value: false });
			await b.medium('');
		}
	if (screenshots)
		await takeScreenshots(b);
	await b.close();
	return failed ? 1 : 0;
}

main().then((status) => { process.exitCode = status; }, (error) => {
	console.log(`not ok - html: ${error.message}`);
	process.exit(1);
});
