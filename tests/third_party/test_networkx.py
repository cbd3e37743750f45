"""networkx: graphs from our matrices and back."""

from __future__ import annotations

from typing import Any

from swapped import library, same_as_numpy

networkx = library("networkx")


@same_as_numpy()
def test_graphs(np: Any) -> Any:
    places = np.sin(np.arange(16.0)).reshape(8, 2)
    distances = np.sqrt(((places[:, None] - places) ** 2).sum(axis=2))
    graph = networkx.from_numpy_array(np.where(distances < 1.0, distances, 0.0))
    back = networkx.to_numpy_array(graph)
    rank = networkx.pagerank(graph)
    layout = networkx.spring_layout(graph, pos=dict(enumerate(places)), seed=1, iterations=3)
    return (
        sorted(graph.edges(data="weight")),
        np.asarray(back) @ np.ones(8),
        np.array([rank[i] for i in range(8)]).sum(),
        networkx.laplacian_matrix(graph).toarray() * 1.0,
        {key: float(value) for key, value in networkx.shortest_path_length(graph, 0).items()},
        np.array([layout[i] for i in range(8)]).mean(axis=0),
    )
