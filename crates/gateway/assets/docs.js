// Redoc asks for fonts and a search worker by itself unless told; the page asks nobody but us.
const system = "system-ui, sans-serif";
Redoc.init(
  "/openapi.json",
  {
    disableSearch: true,
    hideDownloadButton: true,
    nativeScrollbars: true,
    theme: {
      colors: { primary: { main: "#0f5c8a" } },
      typography: { fontFamily: system, headings: { fontFamily: system } },
    },
  },
  document.getElementById("api"),
  () => {
    document.title = document.querySelector("h1")?.textContent ?? document.title;
  },
);
