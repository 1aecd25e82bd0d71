/** Writes the floors and the table of rooms into ARCHITECTURE.md, from the list that the architecture test reads. */
import { floorOf, FLOORS, ONLY_IN, OTHER_ROOMS, type Room } from "../test/static/rooms.ts";

const BEGIN = "<!-- Made by npm run docs:generate from test/static/rooms.ts -->";
const END = "<!-- End of what is made -->";
const LINE_LENGTH = 110;

/** Turns the place `cloud/notify/` into the name `cloud/notify`. */
const nameOf = ({ place }: Room): string => place.replace(/\/$/, "");

/** Draws the floors of one part from the top down, as many on a line as fit. */
function floorsOf(part: string): string {
  const floors = (FLOORS[part] ?? []).map((floor) =>
    floor.map((room) => nameOf(room).slice(part.length + 1)).join(" · "),
  );
  const lines: string[] = [];
  for (const floor of floors) {
    const last = lines.at(-1);
    const longer = `${last ?? ""} → ${floor}`;
    if (last !== undefined && longer.length <= LINE_LENGTH) lines[lines.length - 1] = longer;
    else lines.push(last === undefined ? floor : `  → ${floor}`);
  }
  return lines.join("\n");
}

const packagesOf = ({ place }: Room): string =>
  Object.entries(ONLY_IN)
    .filter(([, places]) => places.includes(place))
    .map(([name]) => name)
    .join(", ");

function row(room: Room): string {
  const floor = floorOf(room);
  return `| ${floor === -1 ? "" : floor + 1} | \`${nameOf(room)}\` | ${room.owns} | ${packagesOf(room)} |`;
}

const roomTable = (): string =>
  [
    "| floor | room | owns | packages |",
    "|---|---|---|---|",
    ...[...Object.values(FLOORS).flat(2), ...OTHER_ROOMS].map(row),
  ].join("\n");

/** Returns the page with its generated part made anew. */
export function withRooms(page: string): string {
  const [before, rest] = page.split(BEGIN);
  const [, after] = rest?.split(END) ?? [];
  if (before === undefined || after === undefined)
    throw new Error(`ARCHITECTURE.md has lost its marks: ${BEGIN} and ${END}`);
  const floors = Object.keys(FLOORS).map((part) => `${part}:\n${floorsOf(part)}`);
  const made = ["<!-- prettier-ignore-start -->", "", "```", floors.join("\n\n"), "```", "", roomTable(), ""];
  return [before, BEGIN, "\n", made.join("\n"), "\n<!-- prettier-ignore-end -->\n", END, after].join("");
}
