/** A process that has told people something and is delivering it, to be killed. Started by notify.notices.test.ts alone. */
import { newId } from "../../shared/ids.ts";
import { startNotifierNode } from "./notifier-node.ts";

const [port = "", smtp = "", ...emails] = process.argv.slice(2);
const { notifier } = await startNotifierNode({
  connection: { host: "127.0.0.1", port: Number(port) },
  notify: {
    email: [
      {
        name: "main",
        host: "127.0.0.1",
        port: Number(smtp),
        tls: "none",
        fromAddress: "no-reply@contoso.example",
      },
    ],
  },
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
