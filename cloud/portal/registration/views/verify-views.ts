/** Proves more than the password before methods change: the choice of a method, and the code that is not sent. */
import type { ProofOption } from "../../../registration/step-up.ts";
import { codeForm } from "../../code-form.ts";
import { radioGroup, radioOption } from "../../field.ts";
import { html } from "../../html.ts";
import type { Page } from "../../layout.ts";
import { submitButton } from "../../parts.ts";
import { sessionForm } from "../../session-form.ts";
import { cancelForm, problemOf } from "./parts.ts";
import type { StepScreen, View } from "./view.ts";

export function verifyPage(view: View, { problem, proofs }: StepScreen<"overview">): Page {
  const { verify } = view.words;
  // The lead says the same already.
  const other = problem?.kind === "proof_needed" ? null : problem;
  return {
    title: verify.title,
    failed: other !== null,
    body: html`<h1>${verify.title}</h1>
      <p class="lead">${verify.lead}</p>
      ${problemOf(view, other)}
      ${sessionForm(
        view.form,
        "/register/verify/method",
        html`${radioGroup(
          verify.legend,
          proofs.map((option, at) =>
            radioOption({
              name: "method",
              value: option.method,
              isChecked: at === 0,
              title: view.texts.methods[option.method],
              hint: hintOf(view, option),
            }),
          ),
        )}
        ${submitButton(verify.next)}`,
      )}
      <p><a href="/register/contact">${verify.cannotUseAny}</a></p>
      ${cancelForm(view)}`,
  };
}

const hintOf = ({ texts: { choose } }: View, { method, shown }: ProofOption): string =>
  shown ?? (method === "authenticator" ? choose.byApp : choose.byRecoveryCode);

export function provePage(view: View, { problem, method }: StepScreen<"prove">): Page {
  const { enter } = view.texts;
  const isApp = method === "authenticator";
  const title = isApp ? enter.titleAuthenticator : enter.titleRecovery;
  return {
    title,
    failed: problem !== null,
    body: html`<h1>${title}</h1>
      <p class="lead">${isApp ? enter.leadAuthenticator : enter.leadRecovery}</p>
      ${problemOf(view, problem)}
      ${codeForm(view.form, "/register/code", {
        label: enter.label,
        hint: null,
        button: enter.next,
        problem,
        isNumeric: isApp,
      })}
      ${cancelForm(view)}`,
  };
}
