// Runs before the page is painted, so that a chosen theme does not flash; not a module, since modules wait.
try {
  const chosen = localStorage.getItem("theme");
  if (chosen) document.documentElement.dataset.theme = chosen;
} catch {
  // Storage is forbidden: the system's theme stays.
}
