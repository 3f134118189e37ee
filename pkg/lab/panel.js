// Binds the controls of a live figure to the kernel, by GoNB's channel. The kernel sets that up a moment after this has
// come, and again where it seems broken: for as long as the controls are there, this looks for a new one.
(() => {
  const root = document.getElementById("ROOT"), said = document.getElementById("ROOT_said");
  if (!root || !said) return;
  // The position's value, as the kernel writes it.
  const show = (input) => {
    if (!input.dataset.step) return;
    const text = (input.value * input.dataset.step).toFixed(input.dataset.decimals).replace("-", "−");
    input.nextElementSibling.textContent = text;
    input.setAttribute("aria-valuetext", text);
  };
  const send = (text) => globalThis.gonb_comm?.send("ROOT/to", text);
  const controls = [...root.querySelectorAll("input, select")];
  controls.forEach((control, i) => control.addEventListener("input", () => {
    show(control);
    send(`${i} ${control.value}`);
  }));
  root.querySelector("button").addEventListener("click", () => send("stop"));
  // JupyterLab would take the focus from what was clicked, and the arrow keys with it.
  root.addEventListener("mousedown", (event) => event.stopPropagation());
  // The place of a control that could not follow, since it stops at another one.
  const heard = (_, text) => {
    const [, i, position] = text.match(/^(\d+) (-?\d+)$/);
    controls[i].value = position;
    show(controls[i]);
  };
  // A busy machine takes longer than the half second that GoNB's script waits for the kernel.
  const waitForKernel = (channel) => {
    channel._wait_open_ack = () => new Promise((resolve, reject) => {
      const limit = setTimeout(() => reject(Error("the kernel does not answer")), 10000);
      channel._onopen_ack = () => { clearTimeout(limit); resolve(null); };
    });
  };
  let known = null;
  const look = setInterval(() => {
    if (!root.isConnected) clearInterval(look);
    const channel = globalThis.gonb_comm;
    if (!root.isConnected || !channel || channel === known) return;
    known = channel;
    if (!channel._comm_id) waitForKernel(channel);
    channel.subscribe("ROOT/from", heard);
    channel._is_connected.then(() => send("ready"), () => {});
  }, 10);
  // What the picture shows, for those who hear it.
  const area = root.closest(".jp-OutputArea") || document.body;
  const describe = () => {
    if (!root.isConnected) watch.disconnect();
    const picture = area.querySelector(".tightrope-figure");
    const text = picture && (picture.querySelector("title") || picture).textContent;
    if (text && text !== said.textContent) said.textContent = text;
  };
  const watch = new MutationObserver(describe);
  watch.observe(area, { childList: true, subtree: true });
})();
