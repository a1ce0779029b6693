/** Times that tick: `data-since` (milliseconds) is a running duration, `data-ago` a moment in the past. */

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Milliseconds by which this machine's clock is behind the server's. */
const skew = Number(document.documentElement.dataset["now"] || Date.now()) - Date.now();

const serverNow = (): number => Date.now() + skew;
const two = (value: number): string => String(value).padStart(2, "0");

export function duration(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / SECOND));
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  if (hours >= 24) return `${Math.floor(hours / 24)}d ${hours % 24}h`;
  if (hours) return `${hours}h ${two(minutes % 60)}m`;
  return minutes ? `${minutes}m ${two(seconds % 60)}s` : `${seconds}s`;
}

export function ago(passed: number): string | null {
  const count = (value: number, unit: string): string => `${value} ${unit}${value === 1 ? "" : "s"} ago`;
  if (passed < MINUTE) return "just now";
  if (passed < HOUR) return count(Math.floor(passed / MINUTE), "minute");
  if (passed < DAY) return count(Math.floor(passed / HOUR), "hour");
  if (passed < 2 * DAY) return "yesterday";
  return passed < 30 * DAY ? count(Math.floor(passed / DAY), "day") : null;
}

function show(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

function tick(): void {
  const now = serverNow();
  for (const element of document.querySelectorAll("[data-since]")) {
    show(element, duration(now - Number(element.getAttribute("data-since"))));
  }
  for (const element of document.querySelectorAll("[data-ago]")) {
    const then = Number(element.getAttribute("data-ago"));
    const date = new Date(then).toLocaleDateString("en-GB", { day: "numeric", month: "short", year: "numeric" });
    show(element, ago(now - then) ?? date);
  }
}

export function startTimes(): void {
  tick();
  setInterval(tick, SECOND);
  document.addEventListener("htmx:after:swap", tick);
  document.addEventListener("visibilitychange", tick);
}
