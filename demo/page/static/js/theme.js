// The switch between light and dark. Until somebody uses it, the system's preference counts.

const dark = matchMedia("(prefers-color-scheme: dark)");

export function themeSwitch(button) {
  const show = () => {
    const next = inForce() === "dark" ? "light" : "dark";
    button.textContent = next === "dark" ? "Dark" : "Light";
    button.setAttribute("aria-label", `Switch to the ${next} theme`);
  };
  button.addEventListener("click", () => {
    const next = inForce() === "dark" ? "light" : "dark";
    document.documentElement.dataset.theme = next;
    try {
      localStorage.setItem("theme", next);
    } catch {
      // It holds for this page alone.
    }
    show();
  });
  dark.addEventListener("change", show);
  show();
}

function inForce() {
  return document.documentElement.dataset.theme ?? (dark.matches ? "dark" : "light");
}
