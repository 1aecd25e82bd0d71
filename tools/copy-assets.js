/** Copies what the compiler leaves out of dist/: the functions that Redis runs. */
import { cpSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");
cpSync(join(root, "cloud/store/functions"), join(root, "dist/cloud/store/functions"), { recursive: true });
