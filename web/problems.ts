/** Shows errors on the page in the same way as the server's own pages. */

/** Shows an error at the top of the form and moves the focus there. */
export function showProblem(form: HTMLFormElement, sentence: string): void {
  const problem = document.createElement("div");
  problem.className = "problem";
  problem.setAttribute("role", "alert");
  problem.tabIndex = -1;
  const text = document.createElement("p");
  text.textContent = sentence;
  problem.append(text);
  form.prepend(problem);
  problem.focus();
}

/** Shows an error below its field and moves the focus there. */
export function showFieldError(input: HTMLInputElement, sentence: string): void {
  const id = `${input.id}-error`;
  let error = document.getElementById(id);
  if (error === null) {
    error = document.createElement("p");
    error.id = id;
    input.closest(".field")?.append(error);
  }
  error.className = "error";
  error.textContent = sentence;
  input.setAttribute("aria-invalid", "true");
  const described = new Set((input.getAttribute("aria-describedby") ?? "").split(" ").filter(Boolean));
  input.setAttribute("aria-describedby", [...described.add(id)].join(" "));
  input.focus();
}

/** Removes the errors of the previous attempt. */
export function clearProblems(form: HTMLFormElement): void {
  for (const old of document.querySelectorAll(".problem")) old.remove();
  for (const error of form.querySelectorAll(".field > .error")) error.textContent = "";
  for (const input of form.querySelectorAll("[aria-invalid]")) input.removeAttribute("aria-invalid");
}
