/** The extension of htmx for Server-Sent Events; it expects the global `htmx` that the package sets. */
import "htmx.org/dist/ext/hx-sse.js";
