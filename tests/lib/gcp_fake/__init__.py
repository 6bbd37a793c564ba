# SPDX-License-Identifier: Apache-2.0
"""A strict stand-in for Google Cloud: what `python3 -m gcp_fake` serves (see __main__)."""
