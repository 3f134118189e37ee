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
  const controls = [...root.querySelectorAll("input, select")];
  const bind = (channel) => {
    const send = (text) => channel.send("ROOT/to", text);
    controls.forEach((control, i) => control.addEventListener("input", () => {
      show(control);
      send(`${i} ${control.value}`);
    }));
    root.querySelector("button").addEventListener("click", () => send("stop"));
    // What the picture shows, or the place of a control that could not follow, since it stops at another one.
    channel.subscribe("ROOT/from", (_, text) => {
      const [, i, position] = text.match(/^(\d+) (-?\d+)$/) || [];
      if (i === undefined) { said.textContent = text; return; }
      controls[i].value = position;
      show(controls[i]);
    });
    send("ready");
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
