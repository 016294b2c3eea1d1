/** Fingers and the mouse on the picture: tap shows the controls, two taps step ten seconds, a click plays or pauses. */

const DOUBLE_MS = 300;

/**
 * @param {HTMLElement} surface
 * @param {{tap: () => void, step: (seconds: number) => void, click: () => void, double: () => void}} does
 */
export function mountTouch(surface, does) {
  let lastTap = -Infinity;
  let lastSide = 0;

  surface.addEventListener("click", (event) => {
    const pointer = /** @type {PointerEvent} */ (event).pointerType;
    if (pointer !== "touch" && pointer !== "pen") return does.click();
    const { left, width } = surface.getBoundingClientRect();
    const side = event.clientX < left + width * 0.4 ? -1 : event.clientX > left + width * 0.6 ? 1 : 0;
    const again = event.timeStamp - lastTap < DOUBLE_MS && side === lastSide && side !== 0;
    lastTap = event.timeStamp;
    lastSide = side;
    return again ? does.step(side * 10) : does.tap();
  });
  surface.addEventListener("dblclick", (event) => {
    if (event instanceof MouseEvent && matchMedia("(pointer: fine)").matches) does.double();
  });
}
