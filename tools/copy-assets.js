/** Copies what the compiler leaves out of dist/: the functions that Redis runs, and the agent's list of common passwords. */
import { copyFileSync, cpSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");
cpSync(join(root, "cloud/store/functions"), join(root, "dist/cloud/store/functions"), { recursive: true });
const passwords = "agent/password-lists/common-passwords.txt";
copyFileSync(join(root, passwords), join(root, "dist", passwords));
