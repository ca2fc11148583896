"""What the plans of all engines share: lines to draw, words and numbers, consent."""
