/** Makes a button print the page, or save a list on it as a text file. */
export function addKeepAction(button: HTMLElement): void {
  const { download, downloadFrom } = button.dataset;
  button.addEventListener("click", () => {
    if (download === undefined || downloadFrom === undefined) {
      print();
      return;
    }
    const list = document.getElementById(downloadFrom);
    const lines = [...(list?.children ?? [])].map((line) => line.textContent.trim());
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([`${lines.join("\r\n")}\r\n`], { type: "text/plain" }));
    link.download = download;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  });
}
