/**
 * The lines of one step. They stand in chunks of 500; only chunks near the window are in the document, the others are
 * empty boxes of about the right height. Groups are folded: their lines show when the group was opened.
 */

export const CHUNK = 500;
const LINE_HEIGHT = 20;
const NEAR = "1200px 0px";

interface Chunk {
  readonly element: HTMLElement;
  loaded: boolean;
  loading: boolean;
  /** Whether a group that goes on after the chunk is open. */
  openAtEnd: boolean;
}

export interface Place {
  /** Where chunks come from. */
  readonly lines: string;
  /** Lines of the whole log now. */
  total(): number;
  /** Called when rows were put in or taken out, so that what is above or below has moved. */
  moved(): void;
}

export class StepLog {
  private readonly chunks: Chunk[] = [];
  private readonly open = new Set<string>();
  private readonly observer: IntersectionObserver;

  constructor(
    readonly details: HTMLDetailsElement,
    private readonly place: Place,
  ) {
    this.observer = new IntersectionObserver((entries) => this.onMoved(entries), { rootMargin: NEAR });
    this.body.addEventListener("click", (event) => this.onClick(event));
    this.body.addEventListener("keydown", (event) => {
      if (event.key === "Enter" || event.key === " ") this.onClick(event);
    });
  }

  get number(): number {
    return Number(this.details.dataset["step"]);
  }

  get first(): number {
    return Number(this.details.dataset["first"]);
  }

  get length(): number {
    const end = this.details.dataset["end"];
    const total = this.place.total();
    return Math.max(0, (end ? Math.min(Number(end), total) : total) - this.first);
  }

  private get body(): HTMLElement {
    return this.details.querySelector<HTMLElement>("[data-log]")!;
  }

  /** Make the boxes fit the number of lines; takes over what the server has rendered. Does nothing while closed. */
  fit(): void {
    if (!this.details.open) return;
    const wanted = Math.ceil(this.length / CHUNK);
    if (!this.chunks.length) this.adopt();
    while (this.chunks.length > wanted) this.remove(this.chunks.pop()!);
    while (this.chunks.length < wanted) this.add(this.box(this.chunks.length));
    this.trim();
    for (let index = 0; index < this.chunks.length; index++) {
      const chunk = this.chunks[index]!;
      if (!chunk.loaded) chunk.element.style.height = `${this.expected(index) * LINE_HEIGHT}px`;
    }
    const last = this.chunks.at(-1);
    if (last?.loaded && last.element.childElementCount < this.expected(this.chunks.length - 1)) {
      void this.load(this.chunks.length - 1);
    }
    this.note();
  }

  /** Add rows that have just come, where they continue what is shown. */
  append(rows: DocumentFragment): void {
    if (!this.details.open) return;
    this.note();
    for (const row of Array.from(rows.children) as HTMLElement[]) {
      const line = Number(row.dataset["i"]) - this.first;
      const index = Math.floor(line / CHUNK);
      if (index === this.chunks.length && line % CHUNK === 0) {
        this.add(this.box(index));
        this.settle(this.chunks[index]!);
      }
      const chunk = this.chunks[index];
      if (chunk?.loaded && chunk.element.childElementCount === line % CHUNK) {
        chunk.element.append(row);
        chunk.element.dataset["inside"] = row.matches(".in, .group") ? "1" : "0";
        this.fold(index, row);
      }
    }
    this.fit();
  }

  /** Show a line (from 1) and return its element. */
  async reveal(line: number): Promise<HTMLElement | null> {
    this.details.open = true;
    this.fit();
    const index = Math.floor((line - 1) / CHUNK);
    const chunk = this.chunks[index];
    if (!chunk) return null;
    if (!chunk.loaded) await this.load(index);
    const row = document.getElementById(`s${this.number}-l${line}`);
    if (row?.classList.contains("in") && !row.classList.contains("open")) this.openAround(row);
    return row;
  }

  private note(): void {
    const empty = this.length === 0;
    for (const note of this.body.querySelectorAll<HTMLElement>("[data-log-note]")) {
      if (!empty) note.remove();
    }
  }

  private adopt(): void {
    const given = this.body.querySelector<HTMLElement>(".chunk");
    const index = Number(given?.dataset["chunk"] ?? 0);
    const wanted = Math.ceil(this.length / CHUNK);
    for (let before = 0; before < Math.min(index, wanted); before++) this.add(this.box(before), given);
    if (!given || index >= wanted) {
      given?.remove();
      return;
    }
    this.add(given);
    this.settle(this.chunks[index]!);
    this.fold(index);
  }

  private box(index: number): HTMLElement {
    const element = document.createElement("div");
    element.className = "chunk";
    element.dataset["chunk"] = String(index);
    return element;
  }

  private add(element: HTMLElement, before: HTMLElement | null = null): void {
    if (element.parentElement !== this.body) this.body.insertBefore(element, before);
    this.chunks.push({ element, loaded: false, loading: false, openAtEnd: false });
    this.observer.observe(element);
  }

  private remove(chunk: Chunk): void {
    this.observer.unobserve(chunk.element);
    chunk.element.remove();
  }

  private settle(chunk: Chunk): void {
    chunk.loaded = true;
    chunk.element.style.height = "";
  }

  private expected(index: number): number {
    return Math.min(CHUNK, this.length - index * CHUNK);
  }

  /** Lines that turned out to be the next step's go away. */
  private trim(): void {
    const last = this.chunks.at(-1);
    if (!last?.loaded) return;
    const wanted = this.expected(this.chunks.length - 1);
    while (last.element.childElementCount > wanted) last.element.lastElementChild!.remove();
  }

  private onMoved(entries: IntersectionObserverEntry[]): void {
    for (const entry of entries) {
      const index = this.chunks.findIndex((chunk) => chunk.element === entry.target);
      if (index < 0) continue;
      if (entry.isIntersecting) void this.load(index);
      else this.unload(index);
    }
  }

  private unload(index: number): void {
    const chunk = this.chunks[index]!;
    const isFull = chunk.element.childElementCount === CHUNK;
    if (!chunk.loaded || !isFull || !this.details.open || !document.getSelection()?.isCollapsed) return;
    chunk.element.style.height = `${chunk.element.offsetHeight}px`;
    chunk.element.replaceChildren();
    chunk.loaded = false;
  }

  private async load(index: number): Promise<void> {
    const chunk = this.chunks[index]!;
    if (chunk.loading || (chunk.loaded && chunk.element.childElementCount >= this.expected(index))) return;
    chunk.loading = true;
    try {
      const before = this.chunks[index - 1];
      const inside = before?.loaded && before.element.dataset["inside"] === "1" ? 1 : 0;
      const answer = await fetch(`${this.place.lines}?step=${this.number}&chunk=${index}&inside=${inside}`);
      if (!answer.ok || this.chunks[index] !== chunk) return;
      const template = document.createElement("template");
      template.innerHTML = await answer.text();
      const fresh = template.content.querySelector<HTMLElement>(".chunk");
      if (!fresh) return;
      if (chunk.loaded && fresh.childElementCount <= chunk.element.childElementCount) return;
      chunk.element.replaceChildren(...Array.from(fresh.children));
      chunk.element.dataset["inside"] = fresh.dataset["inside"] ?? "0";
      this.settle(chunk);
      this.fold(index);
    } finally {
      chunk.loading = false;
    }
    this.fit();
    this.place.moved();
  }

  /** Show or hide the rows of groups in a chunk, or just one new last row. */
  private fold(index: number, only?: HTMLElement): void {
    const chunk = this.chunks[index]!;
    const before = this.chunks[index - 1];
    let open = only ? chunk.openAtEnd : before?.element.dataset["inside"] === "1" && before.openAtEnd;
    if (only && chunk.element.childElementCount === 1) open = before?.openAtEnd ?? false;
    for (const row of (only ? [only] : chunk.element.children) as Iterable<HTMLElement>) {
      if (row.classList.contains("group")) {
        open = this.open.has(row.id);
        const head = row.lastElementChild!;
        head.setAttribute("role", "button");
        head.setAttribute("tabindex", "0");
        head.setAttribute("aria-expanded", String(open));
      } else if (row.classList.contains("in")) {
        row.classList.toggle("open", open);
      }
    }
    chunk.openAtEnd = open;
  }

  private onClick(event: Event): void {
    const row = (event.target as Element).closest<HTMLElement>(".line.group");
    if (!row || (event.target as Element).closest("a")) return;
    event.preventDefault();
    this.turn(row);
  }

  private turn(group: HTMLElement): void {
    if (!this.open.delete(group.id)) this.open.add(group.id);
    let index = this.chunks.findIndex((chunk) => chunk.element === group.parentElement);
    do this.fold(index);
    while (this.chunks[index++]?.element.dataset["inside"] === "1" && this.chunks[index]?.loaded);
  }

  private openAround(row: HTMLElement): void {
    let head: Element | null = row;
    while (head && !head.classList.contains("group")) head = head.previousElementSibling;
    if (head) this.turn(head as HTMLElement);
    else row.classList.add("open");
  }
}
