// Bundles scripts and styles into the Python package. Usage: node build.mjs
import { build } from "esbuild";
import { copyFile, mkdir, rm, writeFile } from "node:fs/promises";

const out = new URL("../src/runyard/server/pages/static/built/", import.meta.url);
const here = (name) => new URL(name, import.meta.url).pathname;

/** The 240 upper colours of terminals: a 6×6×6 cube and 24 greys. */
function palette() {
  const steps = [0, 95, 135, 175, 215, 255];
  const hex = (...parts) => "#" + parts.map((part) => part.toString(16).padStart(2, "0")).join("");
  const rules = [];
  for (let index = 16; index < 256; index++) {
    const cube = index - 16;
    const grey = 8 + 10 * (index - 232);
    const colour =
      index < 232
        ? hex(steps[Math.floor(cube / 36)], steps[Math.floor(cube / 6) % 6], steps[cube % 6])
        : hex(grey, grey, grey);
    rules.push(`.f${index}{color:${colour}}.b${index}{background:${colour}}`);
  }
  return rules.join("\n");
}

await rm(out, { recursive: true, force: true });
await mkdir(out, { recursive: true });
await mkdir(here("generated"), { recursive: true });
await writeFile(here("generated/palette.css"), palette());
await build({
  entryPoints: { page: here("src/page.ts") },
  bundle: true,
  format: "esm",
  target: "es2022",
  minify: true,
  legalComments: "none",
  outdir: out.pathname,
});
await build({
  entryPoints: { page: here("style/page.css") },
  bundle: true,
  minify: true,
  target: ["chrome115", "firefox115", "safari16.4"],
  outdir: out.pathname,
});
await copyFile(here("mark.svg"), new URL("mark.svg", out));
