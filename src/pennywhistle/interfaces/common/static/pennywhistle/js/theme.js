// Runs before the first paint, so that neither the theme nor what needs scripts flashes.
{
  const root = document.documentElement;
  root.dataset.js = "";
  let theme = null;
  try {
    theme = localStorage.getItem("theme");
  } catch {
    // Storage is forbidden here: the system's choice it is.
  }
  if (theme === "light" || theme === "dark") root.dataset.theme = theme;
}
