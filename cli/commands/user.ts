import { type Command, Option } from "commander";
import {
  forgottenSchema,
  type RegisteredThing,
  type RegistrationView,
  signedOutSchema,
  unblockedSchema,
} from "../../shared/api/registrations.ts";
import { ambiguousNamesSchema } from "../../shared/api/sources.ts";
import { type UserDetails, userDetailsSchema, userListSchema } from "../../shared/api/users.ts";
import { type CommandIo, printJson, printLine, printTable } from "../../shared/command.ts";
import { toDashedId } from "../../shared/ids.ts";
import { showPhone } from "../../shared/phone.ts";
import { PROBLEM_HEAD, problemRow } from "../../shared/problem-table.ts";
import { PROBLEM_REASONS } from "../../shared/protocol/frames.ts";
import type { DirectoryUser } from "../../shared/user.ts";
import { addCommand } from "../add-command.ts";
import { path } from "../api-client.ts";
import type { CliContext, CommonOptions } from "../cli-context.ts";
import { orDash, shortName, showInstant, showYesNo, withoutEmptyRows } from "../show.ts";
import { wholeNumber } from "../whole-number.ts";

const showNumber = (number: string | null): string | null => (number === null ? null : showPhone(number));

const problemsOf = (user: DirectoryUser): string | null =>
  orDash(
    [
      ...user.phoneProblems.map(({ field, problem }) => [field, problem] as const),
      ...user.valueProblems.map(({ attribute, problem }) => [attribute, problem] as const),
    ].map(([name, problem]) => `${name}: ${problem.replaceAll("_", " ")}`),
  );

interface SearchOptions extends CommonOptions {
  readonly problem?: string;
  readonly ambiguous?: boolean;
  readonly limit: number;
}

export function addUserCommands(program: Command, context: CliContext): void {
  const { io, api } = context;

  async function listAmbiguous(tenantId: string, { limit, json }: SearchOptions): Promise<void> {
    const found = await api().call(ambiguousNamesSchema, {
      path: path`/tenants/${tenantId}/ambiguous-names`,
      query: { limit },
    });
    if (json === true) {
      printJson(io, found);
      return;
    }
    if (found.items.length === 0) {
      printLine(io, "Every name finds one user.");
      return;
    }
    const rows = found.items.flatMap(({ name, users }) =>
      users.map((one, at) => [at === 0 ? name : "", one.userName, String(one.source), one.id]),
    );
    printTable(io, ["NAME", "USER", "SOURCE", "ID"], rows);
  }

  const user = program
    .command("user")
    .description("Search and show synced users, and help them with self-service");

  addCommand(user, {
    usage: "search [text]",
    summary: "List users whose name begins with a text, or whose display name has a word that does",
    example: "user search ann --limit 10",
  })
    .addOption(
      new Option(
        "--problem [reason]",
        "only users with a number, name or address that cannot be used, for this reason or any; and the entries that are not synced",
      )
        .choices(["any", ...PROBLEM_REASONS])
        .preset("any"),
    )
    .option("--ambiguous", "list names that find more than one user, instead of users")
    .option("--limit <count>", "maximum number of users, or of names", wholeNumber, 50)
    .action(async (text: string | undefined, options: SearchOptions) => {
      const tenantId = await context.tenantOf(options);
      const { problem, limit } = options;
      if (options.ambiguous === true) {
        await listAmbiguous(tenantId, options);
        return;
      }
      const found = await api().call(userListSchema, {
        path: path`/tenants/${tenantId}/users`,
        query: { q: text, problem, limit },
      });
      if (options.json === true) {
        printJson(io, found);
        return;
      }
      const rows = found.items.map((item) => [
        shortName(item.userName),
        shortName(item.displayName),
        showNumber(item.mobile),
        showNumber(item.officePhone),
        problemsOf(item),
        showInstant(item.changedAt),
      ]);
      printTable(io, ["USER", "NAME", "MOBILE", "OFFICE", "PROBLEMS", "CHANGED"], rows);
      printLine(io, `${found.items.length} of ${found.total} users shown.`);
      if (found.rejected.length === 0) return;
      printLine(io, "Entries in scope that cannot be used, as of the last run that read them:");
      printTable(
        io,
        ["SOURCE", ...PROBLEM_HEAD],
        found.rejected.map(({ source, ...entry }) => [String(source), ...problemRow(entry)]),
      );
      printLine(io, `${found.rejected.length} of ${found.totalRejected} entries shown.`);
    });

  addCommand(user, {
    usage: "show <user>",
    summary: "Show a user (by name, alias or id) and the history of the account",
    example: "user show ann@contoso.com",
  }).action(async (nameOrId: string, options: CommonOptions) => {
    const tenantId = await context.tenantOf(options);
    const details = await api().call(userDetailsSchema, {
      path: path`/tenants/${tenantId}/users/${nameOrId}`,
    });
    if (options.json === true) printJson(io, details);
    else printUser(io, details);
  });

  addCommand(user, {
    usage: "methods <user>",
    summary: "Show the methods a user could prove their identity with",
    example: "user methods ann@contoso.com",
  }).action(async (nameOrId: string, options: CommonOptions) => {
    const tenantId = await context.tenantOf(options);
    const { registration } = await api().call(userDetailsSchema, {
      path: path`/tenants/${tenantId}/users/${nameOrId}`,
    });
    if (options.json === true) printJson(io, registration);
    else printMethods(io, registration);
  });

  addCommand(user, {
    usage: "forget-methods <user>",
    summary: "Delete every method a user registered, and notify the user; synced numbers stay",
    example: "user forget-methods ann@contoso.com",
  }).action(async (nameOrId: string, options: CommonOptions) => {
    const tenantId = await context.tenantOf(options);
    const result = await api().call(forgottenSchema, {
      method: "DELETE",
      path: path`/tenants/${tenantId}/users/${nameOrId}/registration`,
    });
    if (options.json === true) printJson(io, result);
    else
      printLine(
        io,
        result.forgotten.length === 0
          ? `${nameOrId} had no registered methods.`
          : `Deleted: ${result.forgotten.map(inWords).join(", ")}.`,
      );
  });

  addCommand(user, {
    usage: "sign-out <user>",
    summary: "End all sessions of a user at the portals, and the resets that are verified and not finished",
    example: "user sign-out ann@contoso.com",
  }).action(async (nameOrId: string, options: CommonOptions) => {
    const tenantId = await context.tenantOf(options);
    const result = await api().call(signedOutSchema, {
      method: "POST",
      path: path`/tenants/${tenantId}/users/${nameOrId}/sign-out`,
    });
    if (options.json === true) printJson(io, result);
    else printLine(io, `${nameOrId} is signed out everywhere at the portals.`);
  });

  addCommand(user, {
    usage: "unblock <user>",
    summary: "Unblock a user who failed too often at the portal",
    example: "user unblock ann@contoso.com",
  }).action(async (nameOrId: string, options: CommonOptions) => {
    const tenantId = await context.tenantOf(options);
    const result = await api().call(unblockedSchema, {
      method: "POST",
      path: path`/tenants/${tenantId}/users/${nameOrId}/unblock`,
    });
    if (options.json === true) printJson(io, result);
    else
      printLine(io, result.cleared === 0 ? `${nameOrId} was not blocked.` : `${nameOrId} may try again now.`);
  });
}

/** `office_phone` → `office phone`. */
const inWords = (thing: RegisteredThing): string => thing.replaceAll("_", " ");

function printMethods(io: CommandIo, { items, confirmedAt }: RegistrationView): void {
  if (items.length === 0) {
    printLine(io, "This user has no methods yet.");
    return;
  }
  const areWaiting = items.some(({ waitsUntil }) => waitsUntil !== null);
  const rows = items.map(({ what, value, source, confirmedAt: at, waitsUntil }) => [
    inWords(what),
    value,
    source === "directory" ? "directory" : "user",
    showInstant(at),
    ...(areWaiting ? [showInstant(waitsUntil)] : []),
  ]);
  printTable(io, ["METHOD", "VALUE", "FROM", "CONFIRMED", ...(areWaiting ? ["WAITS UNTIL"] : [])], rows);
  const at = showInstant(confirmedAt);
  printLine(
    io,
    at === null
      ? "The user has never confirmed these methods."
      : `The user confirmed these methods at ${at}.`,
  );
}

function printUser(io: CommandIo, { user, registration, blockedUntil, timeline }: UserDetails): void {
  printTable(
    io,
    ["USER", user.userName],
    [
      ["name", user.displayName],
      ["id", toDashedId(user.id)],
      ["mobile", showNumber(user.mobile)],
      ["office", showNumber(user.officePhone)],
      ...withoutEmptyRows([
        ["aliases", orDash(user.aliases)],
        ["mail", user.mail],
        ["alternate email", user.alternateEmail],
        ["values that cannot be used", problemsOf(user)],
        ["mobile number since", user.mobile === null ? null : showInstant(user.numberChangedAt)],
        ["office number since", user.officePhone === null ? null : showInstant(user.officePhoneChangedAt)],
        [
          "alternate email since",
          user.alternateEmail === null ? null : showInstant(user.alternateEmailChangedAt),
        ],
      ]),
      ["enabled", showYesNo(user.enabled)],
      ["protected", showYesNo(user.protected)],
      ...withoutEmptyRows([["self-service blocked until", showInstant(blockedUntil)]]),
    ],
  );
  io.stdout.write("\n");
  printMethods(io, registration);
  io.stdout.write("\n");
  printTable(
    io,
    ["WHEN", "WHAT", "ID"],
    timeline.map(({ at, text, id }) => [showInstant(at), text, id]),
  );
}
