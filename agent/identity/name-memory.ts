/** Keeps the ids of the groups and accounts that the configuration names in the state directory, so that they are followed over a restart. */
import { join } from "node:path";
import { z } from "zod";
import type { NameMemory } from "../directory/directory.ts";
import { readState } from "./read-state.ts";
import type { StateDirectory } from "./state-directory.ts";

const FILE = "configured-names.json";

const schema = z.record(
  z.string().max(2048),
  z.strictObject({
    kind: z.enum(["group", "account"]),
    id: z.string().max(128),
    dn: z.string().max(2048),
  }),
);

/** Loading throws STATE_UNREADABLE for a damaged file: without the ids, a name that another object took would be believed. */
export const nameMemoryIn = (state: StateDirectory): NameMemory => ({
  file: join(state.path, FILE),
  load: async () => (await readState(state, FILE, schema)) ?? {},
  save: (objects) => state.write(FILE, `${JSON.stringify(objects, null, 2)}\n`),
});
