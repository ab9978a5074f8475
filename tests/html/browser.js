// SPDX-License-Identifier: GPL-2.0-or-later
// Headless Chromium over its debugging pipe: messages of JSON that end with a NUL, on descriptors 3 and 4.
'use strict';

const { spawn } = require('child_process');
const fs = require('fs');
const os = require('os');
const path = require('path');

const PROGRAMS = ['chromium-headless-shell', 'chromium'];
const ANSWER_MS = 20000;

function findProgram() {
	for (const name of PROGRAMS)
		for (const dir of (process.env.PATH || '').split(':'))
			if (fs.existsSync(path.join(dir, name)))
				return path.join(dir, name);
	throw new Error(`no ${PROGRAMS.join(' and no ')}; run scripts/deps browser`);
}

class Browser {
	static async open() {
		const browser = new Browser();
		const { targetId } = await browser.send('Target.createTarget', { url: 'about:blank' });

		browser.session = (await browser.send('Target.attachToTarget', { targetId, flatten: true })).sessionId;
		for (const domain of ['Page', 'Runtime', 'Log', 'Network'])
			await browser.send(`${domain}.enable`);
		return browser;
	}

	constructor() {
		this.profile = fs.mkdtempSync(path.join(os.tmpdir(), 'daxpin-browser-'));
		// As root there is no sandbox; the pages are our own.
		this.child = spawn(findProgram(), ['--headless', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage',
			'--hide-scrollbars', '--remote-debugging-pipe', `--user-data-dir=${this.profile}`, 'about:blank'],
		{ stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] });
		this.pending = new Map();
		this.last = 0;
		this.complaints = []; // of the console, exceptions, what the policy refused
		this.requests = []; // whatever the page fetches, itself too
		this.listeners = [];
		let rest = '';
		this.child.stdio[4].setEncoding('utf8').on('data', (data) => {
			const messages = (rest + data).split('\0');

			rest = messages.pop();
			messages.forEach((message) => this.take(JSON.parse(message)));
		});
		this.child.on('exit', (code, signal) => this.abandon(`Chromium ended (${signal || code})`));
		this.child.on('error', (error) => this.abandon(error.message));
		this.child.stdio[3].on('error', () => {});
	}

	abandon(reason) {
		this.pending.forEach(({ reject }) => reject(new Error(reason)));
		this.pending.clear();
	}

	take(message) {
		const waiting = this.pending.get(message.id);

		if (waiting) {
			this.pending.delete(message.id);
			if (message.error)
				waiting.reject(new Error(message.error.message));
			else
				waiting.resolve(message.result);
			return;
		}
		const { method, params } = message;

		if (method === 'Runtime.exceptionThrown')
			this.complaints.push(params.exceptionDetails.exception?.description || params.exceptionDetails.text);
		if (method === 'Runtime.consoleAPICalled')
			this.complaints.push(params.args.map((a) => a.value ?? a.description).join(' '));
		if (method === 'Log.entryAdded')
			this.complaints.push(params.entry.text);
		if (method === 'Network.requestWillBeSent')
			this.requests.push(params.request.url);
		this.listeners = this.listeners.filter((l) => l.method !== method || l.resolve());
	}

	send(method, params = {}) {
		const id = ++this.last;

		return new Promise((resolve, reject) => {
			const timer = setTimeout(() => {
				this.pending.delete(id);
				reject(new Error(`no answer to ${method}`));
			}, ANSWER_MS);
			const end = (f) => (value) => { clearTimeout(timer); f(value); };

			this.pending.set(id, { resolve: end(resolve), reject: end(reject) });
			this.child.stdio[3].write(JSON.stringify({ id, method, params, sessionId: this.session }) + '\0');
		});
	}

	async load(file) {
		const loaded = new Promise((resolve) => this.listeners.push({ method: 'Page.loadEventFired', resolve }));

		this.complaints = [];
		this.requests = [];
		await this.send('Page.navigate', { url: `file://${path.resolve(file)}` });
		await loaded;
	}

	// The value of an expression in the page; it may be a promise.
	async run(expression) {
		const answer = await this.send('Runtime.evaluate', { expression, returnByValue: true, awaitPromise: true });

		if (answer.exceptionDetails)
			throw new Error(answer.exceptionDetails.exception?.description || answer.exceptionDetails.text);
		return answer.result.value;
	}

	size(width, height) {
		return this.send('Emulation.setDeviceMetricsOverride',
			{ width, height, deviceScaleFactor: 1, mobile: width < 600 });
	}

	colours(scheme) {
		return this.send('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value: scheme }] });
	}

	medium(media) {
		return this.send('Emulation.setEmulatedMedia', { media });
	}

	async key(key, code = key, text = undefined) {
		const virtual = { Enter: 13, Tab: 9, ' ': 32, ArrowRight: 39 }[key];

		await this.send('Input.dispatchKeyEvent', { type: text ? 'keyDown' : 'rawKeyDown', key, code, text,
			windowsVirtualKeyCode: virtual });
		await this.send('Input.dispatchKeyEvent', { type: 'keyUp', key, code, windowsVirtualKeyCode: virtual });
	}

	// A real click in the middle of what the selector finds.
	async click(selector) {
		const { x, y } = await this.run(`(() => {
			const e = document.querySelector(${JSON.stringify(selector)});
			e.scrollIntoView({ block: 'center', inline: 'center', behavior: 'instant' });
			const r = e.getBoundingClientRect();
			return { x: r.x + r.width / 2, y: r.y + r.height / 2 };
		})()`);

		for (const type of ['mousePressed', 'mouseReleased'])
			await this.send('Input.dispatchMouseEvent', { type, x, y, button: 'left', clickCount: 1 });
	}

	async screenshot(file, wholePage = false) {
		const { data } = await this.send('Page.captureScreenshot', { format: 'png', captureBeyondViewport: wholePage });

		fs.writeFileSync(file, Buffer.from(data, 'base64'));
	}

	async close() {
		const ended = new Promise((resolve) => this.child.once('exit', resolve));
		const timer = setTimeout(() => this.child.kill('SIGKILL'), 3000);

		this.send('Browser.close').catch(() => {});
		await ended;
		clearTimeout(timer);
		fs.rmSync(this.profile, { recursive: true, force: true, maxRetries: 5 });
	}
}

module.exports = { Browser };
