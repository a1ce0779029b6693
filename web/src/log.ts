/** The log viewer of the job page: live lines, following the end, links to lines, switches for times and wrapping. */
import { type Place, StepLog } from "./step-log";

interface NewLines {
  step: number;
  html: string;
  total: number;
}

export function startLog(page: HTMLElement): void {
  new LogViewer(page).start();
}

class LogViewer {
  private readonly steps = new Map<number, StepLog>();
  private readonly button: HTMLButtonElement | null;
  private total: number;
  private live: boolean;
  private following: boolean;
  private lastScroll = 0;
  private readonly place: Place;
  /** The step that was opened because it runs. */
  private opened: HTMLDetailsElement | null = null;

  constructor(private readonly page: HTMLElement) {
    this.total = Number(page.dataset["total"]);
    this.live = page.dataset["complete"] !== "1";
    this.following = this.live && !location.hash;
    this.place = {
      lines: page.dataset["lines"] ?? "",
      total: () => this.total,
      moved: () => this.stay(),
    };
    this.button = page.querySelector<HTMLButtonElement>("[data-follow]");
  }

  start(): void {
    this.page.addEventListener("toggle", (event) => this.onToggle(event.target as HTMLElement), true);
    this.page.addEventListener("lines", (event) => this.onLines((event as CustomEvent<{ data: string }>).detail.data));
    this.page.addEventListener("end", () => this.onEnd());
    document.addEventListener("htmx:after:swap", () => this.sync());
    window.addEventListener("scroll", () => this.onScroll(), { passive: true });
    window.addEventListener("hashchange", () => void this.showTarget());
    this.button?.addEventListener("click", () => this.follow());
    this.startSwitch("[data-log-times]", "times", "runyard-log-times", false);
    this.startSwitch("[data-log-wrap]", "wrap", "runyard-log-wrap", true);
    this.sync();
    void this.showTarget();
  }

  /** Take over the steps as they now are. */
  private sync(): void {
    for (const details of this.page.querySelectorAll<HTMLDetailsElement>("details[data-step]")) {
      const number = Number(details.dataset["step"]);
      if (this.steps.get(number)?.details !== details) {
        this.steps.set(number, new StepLog(details, this.place));
      }
    }
    for (const step of this.steps.values()) step.fit();
    this.openRunning();
    this.stay();
  }

  private onToggle(target: HTMLElement): void {
    if (!target.matches("details[data-step]")) return;
    this.steps.get(Number(target.dataset["step"]))?.fit();
  }

  private onLines(text: string): void {
    const news = JSON.parse(text) as NewLines;
    this.total = Math.max(this.total, news.total);
    const template = document.createElement("template");
    template.innerHTML = news.html;
    this.steps.get(news.step)?.append(template.content);
    const count = this.page.querySelector("[data-log-count]");
    const lines = this.total.toLocaleString("en").replaceAll(",", "\u2009");
    if (count) count.textContent = `${lines} ${this.total === 1 ? "line" : "lines"}`;
    this.stay();
  }

  private onEnd(): void {
    this.live = false;
    this.page.dataset["complete"] = "1";
    if (this.button) this.button.hidden = true;
  }

  private running(): HTMLDetailsElement | null {
    return this.page.querySelector<HTMLDetailsElement>('details[data-status="running"], details[data-status="cancelling"]');
  }

  /** While following, the running step is open, and a step that was opened for this closes once it has succeeded. */
  private openRunning(): void {
    const running = this.running();
    if (!this.live || !this.following || !running || running === this.opened) return;
    if (this.opened?.dataset["status"] === "success") this.opened.open = false;
    running.open = true;
    this.opened = running;
    this.steps.get(Number(running.dataset["step"]))?.fit();
  }

  private follow(): void {
    this.following = true;
    this.openRunning();
    this.stay();
  }

  /** Keep the end of the running step in sight. */
  private stay(): void {
    const running = this.running();
    if (this.live && this.following && running) {
      const below = running.getBoundingClientRect().bottom - window.innerHeight + 24;
      if (below > 0) window.scrollBy({ top: below, behavior: "instant" });
    }
    this.lastScroll = window.scrollY;
    this.showButton();
  }

  private onScroll(): void {
    const running = this.running();
    const up = window.scrollY < this.lastScroll - 2;
    this.lastScroll = window.scrollY;
    if (up) this.following = false;
    else if (running && running.getBoundingClientRect().bottom < window.innerHeight + 40) this.following = true;
    this.showButton();
  }

  private showButton(): void {
    if (this.button) this.button.hidden = !this.live || this.following || !this.running();
  }

  /** The line that the address names: `#s2-l1500`. */
  private async showTarget(): Promise<void> {
    const found = /^#s(\d+)-l(\d+)$/.exec(location.hash);
    if (!found) return;
    const row = await this.steps.get(Number(found[1]))?.reveal(Number(found[2]));
    for (const old of this.page.querySelectorAll(".line.target")) old.classList.remove("target");
    row?.classList.add("target");
    row?.scrollIntoView({ block: "center", behavior: "instant" });
  }

  private startSwitch(selector: string, name: string, key: string, standard: boolean): void {
    const box = this.page.querySelector<HTMLInputElement>(selector);
    if (!box) return;
    const apply = (): void => {
      this.page.classList.toggle(`log-${name}`, box.checked);
    };
    box.checked = (localStorage.getItem(key) ?? String(standard)) === "true";
    box.addEventListener("change", () => {
      localStorage.setItem(key, String(box.checked));
      apply();
    });
    apply();
  }
}
