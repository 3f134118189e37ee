// Binds the controls of a live figure to the kernel. GoNB's channel may be set up a moment later, or break and be set
// up again: until it is open, this asks for it ten times a second, for half a minute.
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
  const bind = (channel) => {
    for (const control of root.querySelectorAll("input, select")) {
      const address = control.dataset.address, send = () => channel.send(address, control.value);
      control.addEventListener("input", () => { show(control); send(); });
      // The kernel's answer where it could not follow: a number that stops at another one.
      channel.subscribe(address, (_, position) => { control.value = position; show(control); });
      send();
    }
    const stop = root.querySelector("button");
    let clicks = 0;
    stop.addEventListener("click", () => channel.send(stop.dataset.address, ++clicks));
    channel.send(stop.dataset.address, clicks);
    channel.subscribe("ROOT/said", (_, text) => { said.textContent = text; });
  };
  // JupyterLab would take the focus from what was clicked, and the arrow keys with it.
  root.addEventListener("mousedown", (event) => event.stopPropagation());
  const end = Date.now() + 30000;
  const ask = () => {
    if (!root.isConnected || Date.now() > end) return;
    const channel = globalThis.gonb_comm, again = () => setTimeout(ask, 100);
    if (channel) channel._is_connected.then(() => bind(channel), again);
    else again();
  };
  ask();
})();
