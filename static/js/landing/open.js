/** Asks for the video when somebody can see the page: not in a prerendered or hidden tab, and again when it failed. */

const SLOW_MS = 2500;

/** @typedef {"idle" | "loading" | "failed"} State */

/** @param {HTMLElement} stage */
export function openWhenSeen(stage) {
  const form = stage.querySelector("[data-open]");
  if (!(form instanceof HTMLFormElement)) return;
  let slow = 0;
  let focused = false;
  let done = false;

  /** @param {State} state */
  const show = (state) => {
    clearTimeout(slow);
    form.dataset.state = state;
    form.setAttribute("aria-busy", String(state === "loading"));
    if (state === "loading") slow = setTimeout(() => sayItTakesLonger(form), SLOW_MS);
  };

  /** @param {Event} event */
  const mine = (event) => event instanceof CustomEvent && event.detail.elt === form;

  stage.addEventListener("htmx:beforeRequest", (event) => {
    if (!mine(event)) return;
    focused = form.contains(document.activeElement);
    show("loading");
  });
  for (const failure of ["htmx:responseError", "htmx:sendError", "htmx:timeout", "htmx:sendAbort"]) {
    stage.addEventListener(failure, (event) => {
      if (mine(event) && form.isConnected) show("failed");
    });
  }
  stage.addEventListener("htmx:beforeSwap", (event) => {
    if (!(event instanceof CustomEvent) || event.detail.requestConfig?.elt !== form) return;
    // Our own explanation (expired meanwhile, say) may take the video's place; a proxy's error page may not,
    // and after what will pass (5xx, 429) the button is worth more than words.
    const { status } = event.detail.xhr;
    const final = status >= 400 && status < 500 && status !== 429;
    if (final && event.detail.xhr.getResponseHeader("HX-Reswap")) event.detail.shouldSwap = true;
  });
  stage.addEventListener("htmx:afterSettle", () => {
    if (done || form.isConnected) return;
    done = true;
    clearTimeout(slow);
    const headline = stage.querySelector("[data-headline]");
    if (headline instanceof HTMLElement) {
      announce(headline.textContent ?? "");
      // Whoever pressed the button stood on it, and it is gone.
      if (focused) headline.focus({ preventScroll: true });
    }
  });

  const ask = () => whenSeen(() => form.dispatchEvent(new CustomEvent("segue:visible")));
  // htmx takes hold of the form at DOMContentLoaded, which waits for this module.
  if (document.readyState === "complete") ask();
  else document.addEventListener("DOMContentLoaded", ask, { once: true });
}

/** @param {() => void} act runs once, as soon as the page is really on a screen */
export function whenSeen(act) {
  const prerendering = /** @type {{prerendering?: boolean}} */ (document).prerendering === true;
  if (!prerendering && document.visibilityState === "visible") return act();
  const event = prerendering ? "prerenderingchange" : "visibilitychange";
  document.addEventListener(event, () => whenSeen(act), { once: true });
}

/** @param {HTMLFormElement} form */
function sayItTakesLonger(form) {
  const wait = form.querySelector("[data-wait]");
  if (wait instanceof HTMLElement) wait.textContent = wait.dataset.wait ?? "";
}

/** @param {string} line */
function announce(line) {
  const status = document.querySelector("[data-status]");
  if (status) status.textContent = line;
}
