/** Menus that close, filters that apply themselves, a button that copies. Everything works without these. */

export function startComforts(): void {
  document.addEventListener("click", closeMenus);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") closeMenus(event);
  });
  for (const form of document.querySelectorAll<HTMLFormElement>("[data-filters]")) {
    form.addEventListener("change", () => form.requestSubmit());
    form.addEventListener("submit", () => dropEmpty(form));
  }
  for (const button of document.querySelectorAll<HTMLButtonElement>("[data-copy]")) startCopy(button);
  for (const element of document.querySelectorAll<HTMLElement>("[data-only-script]")) element.hidden = false;
}

function closeMenus(event: Event): void {
  for (const menu of document.querySelectorAll<HTMLDetailsElement>("details[data-menu][open]")) {
    const inside = menu.contains(event.target as Node);
    if (event.type === "keydown" && inside) menu.querySelector("summary")?.focus();
    if (event.type === "keydown" || !inside) menu.open = false;
  }
}

/** Empty fields stay out of the address. */
function dropEmpty(form: HTMLFormElement): void {
  for (const field of form.querySelectorAll<HTMLInputElement | HTMLSelectElement>("input, select")) {
    if (!field.value) field.disabled = true;
  }
  setTimeout(() => {
    for (const field of form.querySelectorAll<HTMLInputElement>(":disabled")) field.disabled = false;
  });
}

function startCopy(button: HTMLButtonElement): void {
  const source = button.parentElement?.querySelector("[data-copy-text]");
  const label = button.querySelector("span");
  if (!source || !label || !navigator.clipboard) return;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(source.textContent ?? "");
    label.textContent = "Copied";
    setTimeout(() => (label.textContent = "Copy"), 1500);
  });
}
