/** A button that copies the transcript as plain text, and says so. */

/** @param {ParentNode} within */
export function enableCopy(within) {
  for (const button of within.querySelectorAll("[data-copy]")) {
    if (!(button instanceof HTMLButtonElement) || !navigator.clipboard) continue;
    button.hidden = false;
    button.addEventListener("click", () => void copy(button));
  }
}

/** @param {HTMLButtonElement} button */
async function copy(button) {
  const lines = [...document.querySelectorAll("[data-transcript] [data-words]")].map((line) => line.textContent ?? "");
  await navigator.clipboard.writeText(lines.join("\n"));
  const label = button.textContent;
  button.textContent = button.dataset.copied ?? label;
  setTimeout(() => (button.textContent = label), 2000);
}
