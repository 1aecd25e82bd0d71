import { expect } from "chai";
import { ANYWHERE, floorOf, FLOORS, ONLY_IN, PARTS, roomOf, ROOMS } from "./rooms.ts";
import { files, imports, localImports, read, sourcesIn } from "./sources.ts";

const partOf = (file: string): string => file.split("/")[0] ?? "";
const packageOf = (name: string): string =>
  name
    .split("/")
    .slice(0, name.startsWith("@") ? 2 : 1)
    .join("/");
/** Each package that the product itself imports, with the file. Tests and lab/ may use any. */
const packageImports = [...imports]
  .filter(([file]) => partOf(file) !== "lab")
  .flatMap(([file, names]) =>
    names
      .filter((name) => !name.startsWith(".") && !name.startsWith("node:"))
      .map((name) => ({ file, name: packageOf(name) })),
  );

const withoutComments = (source: string): string => source.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "");

describe("architecture", () => {
  it("keeps the parts of the product apart", () => {
    const wrong = [...localImports].flatMap(([file, targets]) =>
      targets
        .filter((target) => ![partOf(file), ...(PARTS[partOf(file)] ?? [])].includes(partOf(target)))
        .map((target) => `${file} -> ${target}`),
    );

    expect(wrong).to.deep.equal([]);
  });

  it("has a room for every file, and a file for every room", () => {
    const rooms = new Set(files.map(roomOf));

    expect(files.filter((file) => roomOf(file) === undefined)).to.deep.equal([]);
    expect(ROOMS.filter((room) => !rooms.has(room))).to.deep.equal([]);
  });

  it("lets no import run up a floor, or to another room of the same floor", () => {
    const wrong = [...localImports]
      .filter(([file]) => partOf(file) in FLOORS)
      .flatMap(([file, targets]) =>
        targets
          .filter((target) => {
            const [from, to] = [roomOf(file), roomOf(target)];
            if (from === undefined || to === undefined || from === to) return false;
            return partOf(target) === partOf(file) && floorOf(to) <= floorOf(from);
          })
          .map((target) => `${file} -> ${target}`),
      );

    expect(wrong).to.deep.equal([]);
  });

  it("lets each package be imported only where it belongs", () => {
    const wrong = packageImports.filter(
      ({ file, name }) =>
        !ANYWHERE.includes(name) && ONLY_IN[name]?.some((place) => file.startsWith(place)) !== true,
    );

    expect(wrong).to.deep.equal([]);
  });

  it("imports each package wherever the list says so", () => {
    const wrong = Object.entries(ONLY_IN).flatMap(([name, places]) =>
      places
        .filter(
          (place) => !packageImports.some((found) => found.name === name && found.file.startsWith(place)),
        )
        .map((place) => `${name} in ${place}`),
    );

    expect(wrong).to.deep.equal([]);
  });

  it("keeps Node out of what runs in browsers", () => {
    const shared = new Set<string>();
    const visit = (file: string): void => {
      if (shared.has(file)) return;
      shared.add(file);
      for (const next of localImports.get(file) ?? []) visit(next);
    };
    for (const file of files.filter((name) => name.startsWith("web/"))) visit(file);
    const wrong = [...shared].flatMap((file) =>
      (imports.get(file) ?? [])
        .filter((name) => name.startsWith("node:") || name === "zod")
        .map((name) => `${file} -> ${name}`),
    );

    expect(wrong).to.deep.equal([]);
  });

  it("has no import cycles", () => {
    const state = new Map<string, "open" | "done">();
    const cycles: string[] = [];
    const visit = (file: string, trail: readonly string[]): void => {
      if (state.get(file) === "done") return;
      if (state.get(file) === "open") {
        cycles.push([...trail.slice(trail.indexOf(file)), file].join(" -> "));
        return;
      }
      state.set(file, "open");
      for (const next of localImports.get(file) ?? []) visit(next, [...trail, file]);
      state.set(file, "done");
    };
    for (const file of files) visit(file, []);

    expect(cycles).to.deep.equal([]);
  });

  it("touches the process only in main files and in shared/shutdown.ts", () => {
    const wrong = files.filter(
      (file) =>
        !/(^|\/)main\.ts$/.test(file) &&
        file !== "shared/shutdown.ts" &&
        !file.startsWith("lab/") &&
        /\bprocess\.(?:env|argv|exit|on|once)\b/.test(withoutComments(read(file))),
    );

    expect(wrong).to.deep.equal([]);
  });

  it("has no file over 500 lines", () => {
    const long = [...files, ...sourcesIn("test"), ...sourcesIn("docs")].filter(
      (file) => read(file).split("\n").length > 500,
    );

    expect(long).to.deep.equal([]);
  });

  it("offers no way to turn certificate checks off (T-23)", () => {
    const wrong = files.filter((file) =>
      /rejectUnauthorized\s*:\s*false|NODE_TLS_REJECT_UNAUTHORIZED/.test(read(file)),
    );

    expect(wrong).to.deep.equal([]);
  });
});
