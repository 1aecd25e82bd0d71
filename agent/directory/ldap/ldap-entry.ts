import type { ResponseControls } from "./controls.ts";

/** An entry as it came. An attribute sent without values (DirSync: "was removed") is there with an empty list. */
export interface DirectoryEntryRaw {
  readonly dn: string;
  /** By lowercase name, options included (`member;range=0-1499`). */
  readonly attributes: ReadonlyMap<string, readonly Buffer[]>;
  /** Response controls of this entry. */
  readonly controls: ResponseControls;
}
