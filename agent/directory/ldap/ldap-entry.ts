import type { ResponseControls } from "./controls.ts";

/** An entry as the server sent it. An attribute sent without values (in DirSync: it was removed) has an empty list. */
export interface DirectoryEntryRaw {
  readonly dn: string;
  /** Values by lowercase attribute name, without options: those of `mobile;lang-nl` are values of `mobile`. */
  readonly attributes: ReadonlyMap<string, readonly Buffer[]>;
  /** The response controls of this entry. */
  readonly controls: ResponseControls;
}
