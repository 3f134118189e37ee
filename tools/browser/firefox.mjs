// Drives the playground in Firefox: node tools/browser/firefox.mjs (make test-browser). Every page has to draw, and to
// change its picture when a slider and its handles are moved by keyboard and mouse; nothing may appear in the console.
// The browser is $TIGHTROPE_FIREFOX, or a firefox-esr or firefox on the PATH; without one the test is skipped, loudly.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { cpus, loadavg } from "node:os";
import { extname, join, resolve } from "node:path";

const repo = resolve(import.meta.dirname, "../..");
const site = join(repo, "build/site/play");
const out = join(repo, "build/browser/firefox");
const slowest = Number(process.env.TIGHTROPE_SLOWEST || 0); // ms; 0: the goals
const pages = [ // name, state, the slider that is moved and timed, goal in ms
  ["neuron", "set=alpha", "u", 150],
  ["boxes", "kink=0.4&angle=30", "angle", 150],
  ["toy", "net=loose&x1=0.5&x2=0.5&eps=0.5", "eps", 150],
  ["adversaries", "eps=0.4", "eps", 150],
  ["ladder", "", "eps", 150],
  ["digit", "", "eps", 400],
  ["proof", "change=multiplier&step=margins", "eps", 150],
  ["train", "", "eps", 150],
];
const types = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css",
  ".svg": "image/svg+xml" };

function browser() {
  if (process.env.TIGHTROPE_FIREFOX) return process.env.TIGHTROPE_FIREFOX;
  for (const name of ["firefox-esr", "firefox"]) {
    try {
      return execFileSync("sh", ["-c", `command -v ${name}`], { encoding: "utf-8" }).trim();
    } catch { /* not there */ }
  }
  return "";
}

// driver is puppeteer-core, or null where it is not installed, which is said loudly.
async function driver() {
  const modules = process.env.TIGHTROPE_NPM || join(repo, ".venv/npm");
  let file;
  try {
    file = createRequire(join(modules, "here.js")).resolve("puppeteer-core");
  } catch {
    console.error(`\n*** FIREFOX WAS NOT TESTED: puppeteer-core is not in ${modules}. Remedy: make test-browser, which `
      + "needs npm\n");
    return null;
  }
  return (await import(file)).default;
}

async function serve() {
  const server = createServer((request, response) => {
    const file = join(site, decodeURIComponent(new URL(request.url, "http://here").pathname));
    if (!file.startsWith(site) || !existsSync(file)) { response.statusCode = 404; response.end(); return; }
    response.setHeader("Content-Type", types[extname(file)] || "application/octet-stream");
    response.end(readFileSync(file));
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  return server;
}

async function until(condition, what, seconds = 60) {
  for (const end = Date.now() + 1000 * seconds; Date.now() < end;) {
    if (await condition()) return;
    await new Promise((done) => setTimeout(done, 30));
  }
  throw new Error(what);
}

class Driver {
  constructor(page, name) { Object.assign(this, { page, name }); }

  settled() {
    return until(() => this.page.evaluate(() => document.getElementById("figure").dataset.done === "true"),
      `${this.name} does not come to rest`, 120);
  }

  picture() {
    return this.page.evaluate(() => ["picture", "text", "verdict"]
      .map((id) => document.getElementById(id).innerHTML).join());
  }

  async changes(move, what) {
    const before = await this.picture();
    await move();
    await until(async () => await this.picture() !== before, `${this.name}: ${what} does not change the picture`, 20);
    await this.settled();
  }

  key(element, key, what) {
    return this.changes(async () => { await element.focus(); await this.page.keyboard.press(key); }, what);
  }

  drag(element, what) {
    return this.changes(async () => {
      await element.evaluate((e) => e.scrollIntoView({ block: "center" }));
      const box = await element.boundingBox();
      const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
      await this.page.mouse.move(x, y);
      await this.page.mouse.down();
      await this.page.mouse.move(x - 40, y - 40, { steps: 6 });
      await this.page.mouse.up();
    }, what);
  }

  // redraw is how many ms pass from a change of a slider to the new picture.
  redraw(id, part) {
    return this.page.evaluate(([slider, at]) => new Promise((done) => {
      const [input, figure] = [document.getElementById(slider), document.getElementById("figure")];
      const [before, start] = [figure.dataset.answers, performance.now()];
      new MutationObserver((_, observer) => {
        if (figure.dataset.answers === before) return;
        observer.disconnect();
        requestAnimationFrame(() => done(performance.now() - start));
      }).observe(figure, { attributes: true });
      input.value = Number(input.min) + (input.max - input.min) * at;
      input.dispatchEvent(new Event("input", { bubbles: true }));
    }), [id, part]);
  }
}

// busy reports, loudly, that other programs take so much of this machine that times say nothing about the pages.
function busy() {
  const [load, cores] = [loadavg()[0], cpus().length];
  if (load <= 3 * cores) return false;
  console.error(`\n*** TIMES ARE NOT JUDGED: the load is ${load.toFixed(0)} on ${cores} cores. Remedy: leave the machine `
    + "alone, or set a limit in ms with TIGHTROPE_SLOWEST\n");
  return true;
}

async function drive(page, address, [name, state, slider, goal]) {
  const d = new Driver(page, name);
  await page.goto(`${address}${name}.html${state && `#${state}`}`);
  await d.settled();
  await d.key(await page.$(`#${slider}`), "ArrowRight", `a key on ${slider}`);
  for (const handle of await page.$$(".handle")) {
    await d.key(handle, "ArrowLeft", "a key on a handle");
    await d.drag(handle, "dragging a handle");
  }
  const times = [];
  for (let i = 0; i < 15; i++) {
    times.push(await d.redraw(slider, 0.25 + 0.03 * i));
    await d.settled();
  }
  await page.screenshot({ path: join(out, `${name}.png`), fullPage: true });
  const median = times.sort((a, b) => a - b)[7];
  console.log(`  ${name}: redraw median ${median.toFixed(0)} ms (goal ${goal})`);
  if (median > (slowest || goal) && (slowest || !busy())) {
    throw new Error(`${name}: a redraw takes ${median.toFixed(0)} ms, more than ${slowest || goal}`);
  }
}

async function main() {
  const path = browser();
  if (!path) {
    console.error("\n*** FIREFOX WAS NOT TESTED: there is none. Remedy: apt install firefox-esr, or "
      + "TIGHTROPE_FIREFOX=/path/to/firefox\n");
    return;
  }
  const puppeteer = await driver();
  if (!puppeteer) return;
  mkdirSync(out, { recursive: true });
  console.log(`the playground in ${path}`);
  const server = await serve();
  // Every host but this machine is behind a proxy that is not there: the network is off.
  const firefox = await puppeteer.launch({ browser: "firefox", executablePath: path, headless: true, timeout: 120_000,
    protocolTimeout: 180_000, extraPrefsFirefox: { "network.proxy.type": 1, "network.proxy.socks": "127.0.0.1",
      "network.proxy.socks_port": 9, "network.proxy.socks_remote_dns": true, "network.proxy.no_proxies_on": "" } });
  try {
    const [page, noise] = [await firefox.newPage(), []];
    await page.setViewport({ width: 1200, height: 900 });
    page.on("console", (m) => noise.push(`console: ${m.text()}`));
    page.on("pageerror", (e) => noise.push(`error: ${e.message}`));
    for (const one of pages) await drive(page, `http://127.0.0.1:${server.address().port}/`, one);
    if (noise.length > 0) throw new Error(noise[0]);
    console.log("done: every page draws in Firefox and answers mouse and keyboard");
  } finally {
    await firefox.close();
    server.close();
  }
}

main().catch((error) => { console.error(`FAILED: ${error.message}`); process.exitCode = 1; });
