/** Every page: htmx for live fragments, ticking times, menus, small comforts; the log viewer where there is a log. */
import "htmx.org";
import "./sse";
import { startComforts } from "./comforts";
import { startLog } from "./log";
import { startTimes } from "./times";

startTimes();
startComforts();
const jobPage = document.querySelector<HTMLElement>("[data-job-page]");
if (jobPage) startLog(jobPage);
