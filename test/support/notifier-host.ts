/**
 * Delivers notices in a process of its own, for tests that kill it.
 * Only test/integration/cloud/notify/notice-delivery.test.ts starts it.
 */
import { newId } from "../../shared/ids.ts";
import { smtpProvider, startNotifierNode } from "./notifier-node.ts";

const [port = "", smtp = "", leaseMs = "", timeoutMs = "", ...emails] = process.argv.slice(2);
const { notifier } = await startNotifierNode({
  connection: { host: "127.0.0.1", port: Number(port) },
  // The second server is used when the first gives no answer.
  notify: {
    email: ["main", "next"].map((name) =>
      smtpProvider({ port: Number(smtp) }, { name, timeoutMs: Number(timeoutMs) }),
    ),
  },
  timings: { leaseMs: Number(leaseMs) },
});
for (const email of emails)
  await notifier.notify({
    tenantId: "contoso",
    kind: "password_reset",
    emails: [email],
    language: "en",
    correlationId: newId(),
    facts: { userName: "jdoe" },
  });
process.stdout.write("told\n");
