"""Links for a whole campaign, list view or report: whom they hold, and what a run does for each page of them."""
