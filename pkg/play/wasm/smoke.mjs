// Runs the playground's module under node and compares its numbers with those of a native build:
// node smoke.mjs play.wasm wasm_exec.js answers.json (make test-playground)
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

const PRECISION = 1e-5;
const [wasm, exec, answers] = process.argv.slice(2);
await import(pathToFileURL(resolve(exec)));

const go = new globalThis.Go();
const ready = new Promise((done) => { globalThis.tightropeReady = done; });
const begin = performance.now();
const { instance } = await WebAssembly.instantiate(readFileSync(wasm), go.importObject);
go.run(instance);
await ready;
const started = performance.now() - begin;

const faults = [];
const times = new Map();
let numbers = 0;
for (const { request, numbers: want, state } of JSON.parse(readFileSync(answers))) {
  const from = performance.now();
  const answer = JSON.parse(globalThis.tightrope(JSON.stringify(request)));
  times.set(request.page, [...(times.get(request.page) || []), performance.now() - from]);
  const where = JSON.stringify(request);
  if (answer.error) { faults.push(`${where}: ${answer.error}`); continue; }
  const names = (map) => Object.keys(map).sort().join();
  if (JSON.stringify(answer.state) !== JSON.stringify(state)) faults.push(`${where}: ${JSON.stringify(answer.state)}`);
  if (names(want) !== names(answer.numbers)) faults.push(`${where}: other numbers`);
  for (const [name, value] of Object.entries(want)) {
    numbers++;
    const off = Math.abs(answer.numbers[name] - value);
    if (!(off <= PRECISION * Math.max(1, Math.abs(value)))) {
      faults.push(`${where}: ${name} is ${answer.numbers[name]} in the module, ${value} natively`);
    }
  }
  if (!answer.svg.startsWith("<svg")) faults.push(`${where}: no picture`);
}
if (!JSON.parse(globalThis.tightrope('{"page":"none"}')).error) faults.push("a page that does not exist is answered");
if (numbers === 0) faults.push("no number was compared");

const median = (list) => list.sort((a, b) => a - b)[Math.floor(list.length / 2)];
console.log(`playground: started in ${started.toFixed(0)} ms; ${numbers} numbers compared; median ms an answer: `
  + [...times].map(([page, list]) => `${page} ${median(list).toFixed(0)}`).join(", "));
for (const f of faults) console.error(`FAILED ${f}`);
process.exit(faults.length > 0 ? 1 : 0);
