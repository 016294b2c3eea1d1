/** Buttons over the picture while their time runs, and one report for each press, wherever on the page it was. */

import { icon, make } from "./dom.js";

/** @param {import("./plan.js").Cta} cta @param {import("./plan.js").Stage["say"]} say */
export const ctaLink = (cta, say) =>
  make(
    "a",
    {
      class: `player-cta${cta.primary ? " primary" : ""}`,
      href: cta.url,
      "data-cta": cta.id,
      target: "_blank",
      rel: "noopener noreferrer",
      "aria-label": say("opens_new_tab", { label: cta.label }),
    },
    make("span", { dir: "auto" }, cta.label),
    icon("arrow"),
  );

/**
 * @param {import("./plan.js").Stage} stage
 * @returns {(at: number) => void}
 */
export function mountCtas({ root, foot, video, plan, tell, say, signal, started, pause }) {
  const timed = plan.ctas
    .filter((cta) => cta.from_s !== null)
    .map((cta) => ({ cta, link: ctaLink(cta, say) }));
  const row = make("div", { class: "player-ctas" }, ...timed.map(({ link }) => link));
  for (const { link } of timed) link.hidden = true;
  // Below the captions, which come and go: a button holds still for the hand that comes for it.
  foot.append(row);

  const pressed = /** @param {Event} event */ (event) => {
    const link = event.target instanceof Element ? event.target.closest("[data-cta]") : null;
    if (!(link instanceof HTMLElement) || !link.dataset.cta) return;
    if (root.contains(link)) pause();
    tell("cta", { id: link.dataset.cta });
  };
  document.addEventListener("click", pressed, { signal });
  // A middle click opens the page just the same.
  document.addEventListener("auxclick", (event) => event.button === 1 && pressed(event), { signal });

  return (at) => {
    for (const { cta, link } of timed) {
      const due = at >= (cta.from_s ?? 0) && at < (cta.to_s ?? plan.duration + 1);
      link.hidden = !started() || video.ended || !due;
    }
  };
}
