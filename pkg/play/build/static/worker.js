// The library in a worker: unpacks the module, then answers requests one after another.
import "./wasm_exec.js";

const [file, size] = [self.name.split(" ")[0], Number(self.name.split(" ")[1])];

// counted tells the page how much has arrived.
function counted(stream) {
  let done = 0;
  return stream.pipeThrough(new TransformStream({
    transform(chunk, controller) {
      done += chunk.byteLength;
      postMessage({ loaded: Math.min(1, done / size) });
      controller.enqueue(chunk);
    },
  }));
}

async function start() {
  const response = await fetch(file);
  if (!response.ok) throw new Error(`the library answered ${response.status}`);
  const plain = counted(response.body).pipeThrough(new DecompressionStream("gzip"));
  const module = new Response(plain, { headers: { "Content-Type": "application/wasm" } });
  const go = new Go();
  const ready = new Promise((resolve) => { self.tightropeReady = resolve; });
  const { instance } = await WebAssembly.instantiateStreaming(module, go.importObject);
  go.run(instance);
  await ready;
  postMessage({ ready: true });
}

const started = start().catch((error) => postMessage({ failed: error.message }));

self.onmessage = async ({ data }) => {
  await started;
  const begin = performance.now();
  let answer;
  try {
    answer = JSON.parse(self.tightrope(JSON.stringify(data.request)));
  } catch (error) {
    answer = { error: `the library has stopped (${error.message}): reload the page` };
  }
  postMessage({ id: data.id, answer, milliseconds: performance.now() - begin });
};
