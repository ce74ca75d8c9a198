"""Retrieval: find the passage that a sentence was taken out of, among passages of all documents.

The query is a sentence, the right answer the sentences around it in its passage, as in the inverse
cloze task [1]_. Probabilities of passages are the softmax of 20 times the cosine: the loss is that
of MultipleNegativesRankingLoss of sentence-transformers, which trained the encoder.

References
----------
.. [1] Lee, K., Chang, M., Toutanova, K. (2019). Latent retrieval for weakly supervised open domain
   question answering. arXiv:1906.00300, section 4.
.. [2] van den Oord, A. et al. (2018). Representation learning with contrastive predictive coding.
   arXiv:1807.03748, equation 4 (InfoNCE).
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from analysis.compression.errors import CalibrationError
from analysis.compression.measures.choices import nll, quality_of_choices
from analysis.compression.measures.quality import Quality
from analysis.compression.subject import Subject
from analysis.compression.subjects.encoder import EncoderSubject, embeddings, evenly, passages

SCALE = 20.0
_WORDS, _FEWEST_SENTENCES, _BEST = 45, 3, 5


class Retrieval:
    """Rank passages by the cosine of their embedding with that of a sentence.

    Parameters
    ----------
    encoder
        Gives the tokeniser.
    documents
        Evaluation documents.
    passages_per_document
        At most so many, evenly spaced.

    Attributes
    ----------
    queries, candidates
        Token numbers of sentences and of passages; the n-th passage answers the n-th sentence.
    documents
        The document of each, shape (n,).
    """

    name = "retrieval"

    def __init__(
        self, encoder: EncoderSubject, documents: Sequence[str], passages_per_document: int = 20
    ) -> None:
        self.queries: list[list[int]] = []
        self.candidates: list[list[int]] = []
        origin: list[int] = []
        for number, document in enumerate(documents):
            cut = passages(document, words=_WORDS)
            usable = [passage for passage in cut if len(passage) >= _FEWEST_SENTENCES]
            for place in evenly(len(usable), passages_per_document):
                middle = len(usable[place]) // 2
                rest = usable[place][:middle] + usable[place][middle + 1 :]
                self.queries.append(encoder.encode(usable[place][middle]))
                self.candidates.append(encoder.encode(" ".join(rest)))
                origin.append(number)
        if len(origin) <= _BEST:
            raise CalibrationError(
                f"retrieval needs more than {_BEST} passages of {_FEWEST_SENTENCES} sentences; the "
                f"evaluation text has {len(origin)}.  Use a longer text."
            )
        self.documents = torch.tensor(origin)

    def answers(self, subject: Subject) -> Tensor:
        """Return the log-probability of each passage for each query, shape (n, n)."""
        asked, offered = embeddings(subject, self.queries), embeddings(subject, self.candidates)
        return torch.log_softmax(SCALE * asked @ offered.T, dim=-1)

    def quality(self, original: Tensor, compressed: Tensor) -> Quality:
        """Compare in the precision at 5: the share of the best five from the right document."""
        right = torch.arange(self.documents.numel())
        scores = self.scores(original), self.scores(compressed)
        found = self._from_right_document(compressed)
        return quality_of_choices(
            "precision_at_5",
            original,
            compressed,
            right,
            self.documents,
            scores,
            lambda items: float(found[items].mean()),
        )

    def scores(self, answers: Tensor) -> dict[str, float]:
        """Return precision and recall at 5, the mean reciprocal rank, and the loss [nats]."""
        right = torch.arange(self.documents.numel())
        own = answers.diagonal().unsqueeze(1)
        rank = 1 + (answers > own).sum(-1)
        return {
            "precision_at_5": float(self._from_right_document(answers).mean()),
            "recall_at_5": float((rank <= _BEST).double().mean()),
            "mean_reciprocal_rank": float((1.0 / rank).mean()),
            "nll": nll(answers, right),
        }

    def _from_right_document(self, answers: Tensor) -> Tensor:
        """Return the share of each query's best five that come from its document, shape (n,)."""
        best = answers.topk(_BEST, dim=-1).indices
        return (self.documents[best] == self.documents.unsqueeze(1)).double().mean(-1)
