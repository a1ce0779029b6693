"""All pages as one router. Errors are the application's: it shows them with `respond.error_page`."""

from __future__ import annotations

from litestar import Router
from litestar.di import Provide

from runyard.server.pages.approval import decide_on_run
from runyard.server.pages.assets import built_file
from runyard.server.pages.cancel import cancel_job, cancel_run
from runyard.server.pages.dispatch import dispatch_page, dispatch_run
from runyard.server.pages.home import create_page, home_page, owner_page
from runyard.server.pages.job import job_lines, job_log, job_page, job_stream
from runyard.server.pages.rerun import rerun_page, rerun_run
from runyard.server.pages.run import run_page, run_stream
from runyard.server.pages.runners import runners_page
from runyard.server.pages.runs import repository_page, runs_page, runs_stream
from runyard.server.pages.session import log_in, log_out, login_page, provide_visitor
from runyard.server.pages.workflow_switch import disable_page, enable_page

page_handlers = [
    Router(
        "/",
        route_handlers=[
            built_file,
            login_page,
            log_in,
            log_out,
            home_page,
            create_page,
            runners_page,
            owner_page,
            repository_page,
            runs_page,
            runs_stream,
            dispatch_page,
            dispatch_run,
            disable_page,
            enable_page,
            run_page,
            run_stream,
            decide_on_run,
            cancel_run,
            cancel_job,
            rerun_page,
            rerun_run,
            job_page,
            job_stream,
            job_lines,
            job_log,
        ],
        dependencies={"visitor": Provide(provide_visitor)},
    )
]
